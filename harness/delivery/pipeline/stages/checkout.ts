import type { Stage } from './stage';

export const checkout: Stage = {
  name: 'checkout',
  run: async ({ ports, products, say }) => {
    const { commit, directory, ref } = products;
    await ports.repository.checkout(commit, directory);
    say(`checked out ${commit.id} (${ref}, tree ${commit.tree}) from ${ports.repository.directory} to ${directory}`);
    return { made: { commit: commit.id, tree: commit.tree } };
  },
};
