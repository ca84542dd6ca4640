import type { PipelinePorts } from '../ports';

export const COMMIT = { id: 'c'.repeat(40), tree: 'e'.repeat(40), committedAtMs: 1_767_323_045_000 };
export const REGISTRY = '127.0.0.1:5000';
const digest = (character: string) => `sha256:${character.repeat(64)}`;

/** What happens to a pipeline's world, as words, and what of it fails. */
export class FakeWorld {
  readonly did: string[] = [];
  /** By what is done, such as `shell npm test` or `push`: what it says as it fails. */
  readonly broken = new Map<string, string>();
  /** By name: the content of each image that is on the Engine. */
  readonly images = new Map<string, string>();
  rollout: Awaited<ReturnType<PipelinePorts['deploy']>> = { outcome: 'promoted' };
  #builds = 0;

  readonly ports: PipelinePorts = {
    repository: {
      directory: '/srv/orders.git',
      commit: async () => COMMIT,
      tip: async () => COMMIT.id,
      checkout: async ({ id }, directory) => void this.did.push(`checkout ${id.slice(0, 3)} ${directory}`),
      note: async (commit, text) => {
        if (this.broken.has('note')) throw new Error(this.broken.get('note'));
        this.did.push(`note ${commit.slice(0, 3)} ${text}`);
      },
    },
    shell: async (line, { onOutput }) => this.#do(`shell ${line}`, onOutput),
    build: async ({ tag }, { onOutput }) => {
      const content = digest(String((this.#builds += 1)));
      for (const name of [tag, content]) this.images.set(name, content);
      return this.#do(`build ${tag}`, onOutput);
    },
    image: async (ref) => {
      const content = this.images.get(ref);
      return content === undefined ? undefined : { id: content, content };
    },
    tag: async (id, tag) => {
      this.images.set(tag, this.images.get(id) ?? '');
      this.did.push(`tag ${tag}`);
    },
    push: async (tag, { onOutput }) => {
      const reference = `${tag.slice(0, tag.lastIndexOf(':'))}@${digest('a')}`;
      this.images.set(reference, this.images.get(tag) ?? '');
      const end = this.#do(`push ${tag}`, onOutput);
      if (end.exitCode === 0) onOutput(Buffer.from(`${tag.split(':').at(-1)}: digest: ${digest('a')} size: 528\n`));
      return end;
    },
    registry: async () => REGISTRY,
    serving: () => undefined,
    deploy: async (service, image) => {
      this.did.push(`deploy ${service} ${image}`);
      return this.rollout;
    },
  };

  #do(what: string, onOutput: (chunk: Buffer) => void): { exitCode: number; how: string } {
    this.did.push(what);
    const said = [...this.broken].find(([name]) => what.startsWith(name))?.[1];
    onOutput(Buffer.from(`${said ?? 'fine'}\n`));
    return said === undefined ? { exitCode: 0, how: 'exit code 0' } : { exitCode: 1, how: 'exit code 1' };
  }
}
