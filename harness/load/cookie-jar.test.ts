import { expect, it } from '@jest/globals';
import { CookieJar } from './cookie-jar';

it('keeps what it was given last, by name, and forgets what is taken back', () => {
  const jar = new CookieJar();
  expect(jar.headers()).toEqual({});
  jar.take({ 'set-cookie': ['session=a=b; Path=/; HttpOnly', 'theme=dark'] });
  jar.take({ 'set-cookie': ['theme=light; Max-Age=60'] });
  expect(jar.headers()).toEqual({ cookie: 'session=a=b; theme=light' });
  jar.take({ 'set-cookie': ['session=; Max-Age=0'] });
  jar.take({});
  expect(jar.headers()).toEqual({ cookie: 'theme=light' });
});
