/** The actions that the workflow uses, each by a commit: a tag can be moved. */
const ACTIONS = {
  checkout: 'actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0',
  cache: 'actions/cache@0400d5f644dc74513175e3cd8d07132dd4860809 # v4.2.4',
  upload: 'actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2',
};

/** A GitHub workflow that tries each pull request as a release over the branch that it is for. */
export function githubWorkflow({
  command,
  config,
}: {
  /** As `npx rollproof`. */
  readonly command: string;
  readonly config: string;
}): string {
  return `# Does the stack survive what this pull request releases? Printed by \`${command} ci github\`.
name: release test

on: pull_request

permissions:
  contents: read

# Of one pull request only the newest push counts.
concurrency:
  group: release-test-\${{ github.ref }}
  cancel-in-progress: true

jobs:
  release-test:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: ${ACTIONS.checkout}
        with:
          # The version before is built from its own commit.
          fetch-depth: 0
          persist-credentials: false
      - name: Keep packages
        uses: ${ACTIONS.cache}
        with:
          path: ~/.npm
          key: npm-\${{ runner.os }}-\${{ hashFiles('**/package-lock.json') }}
          restore-keys: npm-\${{ runner.os }}-
      - name: Release it over the version before
        env:
          BASE: \${{ github.base_ref }}
        run: ${command} test --from "origin/$BASE" --config ${config}
      - name: Keep the report
        if: always()
        uses: ${ACTIONS.upload}
        with:
          name: release-test
          path: reports/
          retention-days: 30
`;
}
