import { expect, it } from '@jest/globals';
import { emptyFront, frontConfig } from './config';
import { commandsBetween, parseRuntime, parseStatus, runtimeOf } from './runtime';
import { admitted, followed } from './state';

const plain = emptyFront('orders', 8080, '/readyz');
const both = { ...plain, tcpPorts: [9000, 9100] };
const at = (address: string) =>
  admitted(followed(both, 'blue', { label: 'orders-r1', servers: [{ ip: address }] }), 'blue');

it('opens what is carried as TCP, by the weights of the moment, to the servers of the slots', () => {
  const config = frontConfig(at('10.0.0.7'));
  expect(config).toContain('frontend tcp\n  mode tcp\n  bind :9000\n  bind :9100\n');
  expect(config).toContain('use_backend green-tcp if { var(txn.draw),sub(txn.green_weight) lt 0 }');
  expect(config).toMatch(/backend blue-tcp\n {2}mode tcp\n(.*\n)* {2}server blue1 10\.0\.0\.7 track blue\/blue1\n/);
});

it('opens nothing where there is nothing to carry', () => {
  expect(frontConfig(plain)).not.toContain('-tcp');
  expect(runtimeOf(plain).tcp).toEqual({});
});

it('moves both servers of a replica, and leaves a port to those that carry TCP', () => {
  const commands = commandsBetween(runtimeOf(at('10.0.0.7')), runtimeOf(at('10.0.0.8')), 8080);
  expect(commands).toContain('set server blue/blue1 addr 10.0.0.8 port 8080');
  expect(commands).toContain('set server blue-tcp/blue1 addr 10.0.0.8');
  expect(commandsBetween(runtimeOf(at('10.0.0.7')), runtimeOf(at('10.0.0.7')), 8080)).toEqual([]);
});

it('reads where they stand, and what is connected by them', () => {
  const servers = [
    '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state',
    '4 blue 1 blue1 10.0.0.7 2 0',
    '6 blue-tcp 1 blue1 10.0.0.7 2 0',
  ];
  expect(parseRuntime([servers, []]).tcp).toEqual({ 'blue-tcp/blue1': '10.0.0.7' });
  const stat = ['# pxname,svname,scur,addr,status', 'blue,blue1,2,10.0.0.7:8080,UP', 'blue-tcp,blue1,3,10.0.0.7:0,UP'];
  expect(parseStatus(stat).blue).toMatchObject([{ server: 'blue1', sessions: 5 }]);
});
