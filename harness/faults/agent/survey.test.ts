import { expect, it } from '@jest/globals';
import { parseTcp } from './survey';

it('reads what listens and what is connected, of either family', () => {
  const v4 = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0B00007F:9C4B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 21340 1
   1: 030012AC:9D3E 020012AC:1538 01 00000000:00000000 02:000009F1 00000000   999        0 21360 2
`;
  const v6 = `  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000
   1: 0000000000000000FFFF0000030012AC:1F90 0000000000000000FFFF0000040012AC:E1B2 01 00000000:00000000
   2: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000
`;
  expect(parseTcp(v4)).toEqual([
    { local: { address: '127.0.0.11', port: 40011 }, remote: { address: '0.0.0.0', port: 0 }, state: 10 },
    { local: { address: '172.18.0.3', port: 40254 }, remote: { address: '172.18.0.2', port: 5432 }, state: 1 },
  ]);
  expect(parseTcp(v6).map(({ local, remote, state }) => [local.address, local.port, remote.address, state])).toEqual([
    ['0:0:0:0:0:0:0:0', 8080, '0:0:0:0:0:0:0:0', 10],
    ['172.18.0.3', 8080, '172.18.0.4', 1],
    ['0:0:0:0:0:0:0:1', 80, '0:0:0:0:0:0:0:0', 10],
  ]);
});

it('finds nothing where nothing is', () => {
  expect(parseTcp('  sl  local_address rem_address   st\n')).toEqual([]);
});
