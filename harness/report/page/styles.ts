/** The page's style sheet. Light and dark by the reader's system; `contrast.test.ts` measures its colours. */
export const STYLES = `
:root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--ink:#1b2027;--soft:#59636f;--faint:#8a94a0;--line:#e1e5ea;--wash:#f1f3f6;
--good:#177245;--bad:#b8293f;--warn:#946200;--info:#2f62c4;--idle:#5f6873;--error:#7a3fc0;
--good-wash:#e3f4ea;--bad-wash:#fce8eb;--warn-wash:#fdf1d8;--info-wash:#e6eefc;--idle-wash:#edf0f3;--error-wash:#f1e8fb;
--rev-0:#4c7fd0;--rev-1:#c06a1c;--rev-2:#2f8f69;--rev-3:#9068c8;--p50:#7f6ad0;--p95:#6a4fc4;--p99:#3d2593;--shade:#e8a80022}
@media (prefers-color-scheme:dark){:root{--ground:#0f1318;--card:#171c23;--ink:#e7ebf0;--soft:#a3adb9;--faint:#75808c;--line:#2a313b;--wash:#1e242d;
--good:#57c98d;--bad:#ff8093;--warn:#e5b450;--info:#86adff;--idle:#9aa5b1;--error:#c79dff;
--good-wash:#143325;--bad-wash:#3e1a22;--warn-wash:#372a0d;--info-wash:#182a4d;--idle-wash:#262d37;--error-wash:#2e1f45;
--rev-0:#4f7cc9;--rev-1:#c47a30;--rev-2:#3f9474;--rev-3:#8668b8;--p50:#8674cc;--p95:#9f8af0;--p99:#d5c9ff;--shade:#e8a8001f}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main,body>header{max-width:1120px;margin:0 auto;padding:14px 20px 40px}body>header{padding:28px 20px 0}
a{color:var(--info);text-underline-offset:2px}
a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:2px solid var(--info);outline-offset:2px;border-radius:4px}
h1,h2,h3,h4{line-height:1.25;margin:0;text-wrap:balance}
h2{font-size:20px;margin:44px 0 14px}
h3,.body>h4{font-size:15px;margin:28px 0 8px}
h4{font-size:14px;margin:0}
p{margin:0;max-width:86ch}
code,.mono{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.soft{color:var(--soft)}.scroll+.soft{margin-top:10px;font-size:14px}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px 22px}
.brand{display:flex;justify-content:space-between;gap:6px 16px;flex-wrap:wrap;color:var(--soft);font-size:13px}
.brand b{color:var(--ink);letter-spacing:.01em}
.strip{border-top:4px solid var(--tone);padding:24px 26px}
.strip h1{font-size:clamp(19px,2.4vw,25px);font-weight:600;letter-spacing:-.01em;margin:12px 0 0;text-wrap:pretty}
.strip .why{margin-top:10px;color:var(--soft)}
.findings{list-style:none;margin:12px 0 0;padding:0;display:grid;gap:8px;font-size:16.5px;line-height:1.4}
.findings li{display:grid;grid-template-columns:20px 1fr;gap:8px}.findings svg{margin-top:3px;color:var(--tone)}
.findings path,.findings circle{fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.findings a{color:inherit;text-decoration-color:var(--faint)}
.strip .basis{margin-top:16px;padding-top:12px;border-top:1px solid var(--line);font-size:14px;color:var(--soft)}
.passed{--tone:var(--good);--tone-wash:var(--good-wash)}.failed{--tone:var(--bad);--tone-wash:var(--bad-wash)}
.error{--tone:var(--error);--tone-wash:var(--error-wash)}.inconclusive{--tone:var(--warn);--tone-wash:var(--warn-wash)}.skipped{--tone:var(--idle);--tone-wash:var(--idle-wash)}
.badge{display:inline-flex;align-items:center;gap:6px;padding:2px 10px 2px 7px;border-radius:99px;background:var(--tone-wash);color:var(--tone);font-weight:600;font-size:13px;white-space:nowrap}
.badge svg{flex:none}.badge path,.badge circle{fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(132px,1fr));margin-top:20px;border:1px solid var(--line);border-radius:10px;overflow:hidden}
.tiles div{outline:.5px solid var(--line);padding:12px 16px}
.tiles dt{color:var(--soft);font-size:12.5px}
.tiles dd{margin:0;font-size:22px;font-weight:600;letter-spacing:-.01em;white-space:nowrap}
.tiles small{display:block;white-space:normal;letter-spacing:0;line-height:1.3;font-size:12.5px;font-weight:400;color:var(--soft)}
dl{margin:0}
.meta{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;margin-top:18px;font-size:14px}
.meta dt{color:var(--soft)}.meta dd{margin:0;min-width:0}
.rerun{display:block;background:var(--wash);border-radius:6px;padding:4px 10px;user-select:all;white-space:pre-wrap}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
caption{text-align:left;color:var(--soft);font-size:13px;padding-bottom:6px}
th{font-weight:500;color:var(--soft);font-size:12.5px;text-align:left;white-space:nowrap}
th,td{padding:7px 14px 7px 0;overflow-wrap:break-word;border-bottom:1px solid var(--line);vertical-align:top}
th:last-child,td:last-child{padding-right:0}
tbody tr:last-child td{border-bottom:0}
.num{text-align:right;white-space:nowrap}.keep{white-space:nowrap}td.text{min-width:180px}
tbody tr.quiet td{color:var(--soft)}
.compact{width:auto}.compact th,.compact td{padding-right:36px}.matrix td:first-child{width:1%}
.matrix a{color:inherit;font-weight:600;text-decoration-color:var(--faint)}
.scenario{margin-top:20px;padding:0;overflow:clip}
.scenario>header{padding:20px 22px 18px;border-left:4px solid var(--tone);border-bottom:1px solid var(--line)}
.scenario>header>div{display:flex;flex-wrap:wrap;align-items:center;gap:4px 10px;font-size:14px}
.scenario>header h3{margin:8px 0 0;font-size:19px}
.scenario>header p{margin-top:6px}
.facts{display:flex;flex-wrap:wrap;gap:4px 22px;margin-top:12px;font-size:14px}
.facts dt{display:inline;color:var(--soft)}.facts dd{display:inline;margin:0 0 0 6px;font-weight:600}
.body{padding:4px 22px 22px}
.body>p{margin-top:16px;font-size:14px}figure{margin:26px 0 0}
figcaption{margin-bottom:8px;display:grid;gap:2px}
figcaption p{color:var(--soft);font-size:14px}
.hole{color:var(--warn)!important}
svg.wide,svg.narrow{display:block;width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow:visible}
svg.narrow{display:none}
svg text{fill:var(--soft)}
.grid{stroke:var(--line)}.base{stroke:var(--faint)}.divide{stroke:var(--line)}
.shade{fill:var(--shade)}
.moment{stroke-width:1.5;stroke-dasharray:3 3}.moment.good{stroke:var(--good)}.moment.bad{stroke:var(--bad)}
.line{fill:none;stroke-width:1.7;stroke-linejoin:round;stroke-linecap:round}
.line.error-line{stroke:var(--bad)}.line.p50{stroke:var(--p50)}.line.p95{stroke:var(--p95);stroke-dasharray:6 3}.line.p99{stroke:var(--p99);stroke-width:2}
.area{stroke:var(--card);stroke-width:1}.area.error-area{stroke:none;fill:var(--bad);opacity:.14}.area.errors{fill:var(--bad);stroke:var(--bad)}
.rev-0{fill:var(--rev-0)}.rev-1{fill:var(--rev-1)}.rev-2{fill:var(--rev-2)}.rev-3{fill:var(--rev-3)}
.threshold{stroke:var(--bad);stroke-dasharray:5 4;fill:none}svg .threshold-label{fill:var(--bad);paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.gap{fill:var(--idle);opacity:.13}.gap-label{font-style:italic}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 16px;padding:0;margin:0;font-size:13px;color:var(--soft)}
.legend li{display:inline-flex;align-items:center;gap:6px}
.legend svg{flex:none;fill:currentColor}
.good{--t:var(--good);--w:var(--good-wash)}.bad{--t:var(--bad);--w:var(--bad-wash)}.warn{--t:var(--warn);--w:var(--warn-wash)}.info{--t:var(--info);--w:var(--info-wash)}.idle{--t:var(--idle);--w:var(--idle-wash)}
.bar rect{fill:var(--w);stroke:var(--t);stroke-width:1}.bar.hollow rect{fill:none;stroke-dasharray:4 3}.bar text{fill:var(--t);font-weight:500}
svg text.lane-name{fill:var(--ink)}
.mark circle,.mark path{fill:var(--t);stroke:var(--card);stroke-width:1}.mark path.stroke{fill:none;stroke:var(--t);stroke-width:2.6}.mark path.cut{fill:none;stroke:var(--card);stroke-width:1.6}
.steps{fill:var(--info-wash);stroke:var(--info);stroke-width:1.3}.step-label{font-size:10.5px}svg text.step-label{fill:var(--info)}
.meter .track{fill:var(--wash)}.meter .fill{fill:var(--t)}.meter .limit{stroke:var(--ink);stroke-width:1.5}
.meter,.dumbbell,.spark{display:block;margin-top:4px}.spark{margin-top:0}
.dumbbell .base{stroke:var(--line)}.dumbbell .way{stroke:var(--warn);stroke-width:3}.dumbbell .before{fill:var(--card);stroke:var(--soft);stroke-width:1.6}.dumbbell .after{fill:var(--warn)}
.spark .line{stroke:var(--bad);stroke-width:1.4}.spark .threshold{opacity:.5}
details{margin-top:8px;font-size:14px}dd>details{margin-top:0}
summary{cursor:pointer;color:var(--soft);width:max-content;max-width:100%}
summary:hover{color:var(--ink)}
details[open]>summary{margin-bottom:8px}
pre{margin:0;padding:12px 14px;background:var(--wash);border-radius:8px;overflow:auto;white-space:pre-wrap;max-height:420px}
.page-alert{background:var(--wash);border-left:3px solid var(--bad);border-radius:0 8px 8px 0;padding:12px 16px;margin:10px 0}
.page-alert p+dl{margin-top:8px}
.chain{display:flex;flex-wrap:wrap;gap:4px 10px;list-style:none;padding:0;margin:10px 0 4px;font-size:14px}
.chain li+li::before{content:"→";color:var(--soft);margin-right:10px}
.chain b{font-weight:600}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:0 40px}
ul.plain{list-style:none;padding:0;margin:0;font-size:14px;display:grid;gap:4px}
footer{max-width:1120px;margin:0 auto;padding:0 20px 40px;color:var(--soft);font-size:13px}
@media (max-width:640px){main{padding:12px 12px 32px}body>header{padding:16px 12px 0}
.stack,.stack tbody,.stack tr,.stack td{display:block}.stack thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.stack tr{padding:10px 0;border-bottom:1px solid var(--line)}.stack tr:last-child{border-bottom:0}.stack td,.stack td.text{border:0;padding:2px 0;text-align:left;white-space:normal;min-width:0}
.stack td[data-label]{display:grid;grid-template-columns:86px 1fr;gap:8px}.stack td[data-label]::before{content:attr(data-label);color:var(--soft)}
.card{padding:16px}.strip{padding:18px 16px}.scenario{padding:0}.scenario>header,.body{padding-left:16px;padding-right:16px}
svg.wide{display:none}svg.narrow{display:block}.meta{grid-template-columns:1fr;gap:0}.meta dd{margin-bottom:8px}.tiles{grid-template-columns:1fr 1fr}th,td{padding-right:10px}}
@media print{:root{color-scheme:light;--ground:#fff;--card:#fff;--ink:#000;--soft:#444;--faint:#777;--line:#ccc;--wash:#f3f3f3;--good:#177245;--bad:#b8293f;--warn:#946200;--info:#2f62c4;--idle:#5f6873;--error:#7a3fc0;
--good-wash:#e3f4ea;--bad-wash:#fce8eb;--warn-wash:#fdf1d8;--info-wash:#e6eefc;--idle-wash:#edf0f3;--error-wash:#f1e8fb;--rev-0:#4c7fd0;--rev-1:#c06a1c;--rev-2:#2f8f69;--rev-3:#9068c8;--p50:#7f6ad0;--p95:#6a4fc4;--p99:#3d2593}
body{font-size:11px;print-color-adjust:exact;-webkit-print-color-adjust:exact}main,body>header,footer{max-width:none;padding:0}footer{margin-top:20px}svg.wide{display:block;font-size:14px}svg.narrow{display:none}
.scenario,#detail{break-before:page}#detail+.scenario{break-before:avoid}.scenario{overflow:visible}figure,tr,.page-alert,.strip{break-inside:avoid}h2,h3,figcaption{break-after:avoid}table,.meta,.facts,details,figcaption p,.legend{font-size:10.5px}code{font-size:10px}
details:not([open]):not(dd>details){display:none}th{font-size:9.5px;white-space:normal}td.text{min-width:0}th,td{padding-right:9px}.badge{font-size:10px;padding:1px 7px 1px 5px}.tiles{grid-template-columns:repeat(6,1fr)}.tiles dt,.tiles small{font-size:9px}.tiles dd{font-size:14px}.tiles div{padding:8px 9px}h1,.strip h1{font-size:18px}h2,.scenario>header h3{font-size:15px}h3,h4,.body>h4{font-size:12px}.findings{font-size:12px;gap:4px}.strip .basis,.scroll+.soft,.body>p{font-size:10.5px}.scenario>header>div{font-size:11px}.compact th,.compact td{padding-right:24px}.scroll{overflow:visible}pre{max-height:none}a{color:inherit;text-decoration:none}}
@page{margin:14mm}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
`;
