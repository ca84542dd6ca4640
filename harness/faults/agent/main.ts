/** The one program of the helper image; its first argument says what it is. Node strips the types itself. */
const [mode = '', ...args] = process.argv.slice(2);

switch (mode) {
  case 'agent':
    await (await import('./supervisor.ts')).runSupervisor();
    break;
  case 'proxy':
    (await import('./proxy.ts')).runProxy();
    break;
  case 'guardian':
    (await import('./guardian.ts')).runGuardian();
    break;
  case 'keeper':
    await (await import('./keeper.ts')).runKeeper();
    break;
  case 'signaller':
    (await import('./signaller.ts')).runSignaller();
    break;
  case 'probe':
    await (await import('./probe.ts')).runProbe(args[0] ?? '{}');
    break;
  case 'survey':
    await (await import('./survey.ts')).runSurvey(args[0] ?? '{}');
    break;
  case 'rung':
    await (await import('./ladder.ts')).tellRung();
    break;
  default:
    process.stderr.write(`unknown mode "${mode}": agent, guardian, keeper, signaller, probe, survey or rung\n`);
    process.exitCode = 2;
}

export {};
