import { containerOf } from '../../docker/containers';
import { execOnce } from '../../docker/exec';

/** A file of the volume of a front; `undefined` when it is not there. */
export async function frontFile(project: string, service: string, name: string): Promise<unknown> {
  const { id } = await containerOf(project, service);
  const { stdout } = await execOnce(id, ['front-state', `get ${name}`]);
  const text = Buffer.from(stdout.trim().replace(/^data -?/, ''), 'base64').toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}
