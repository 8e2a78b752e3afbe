/** A workflow of GitHub that applies the migrations and runs the tests of the policies, without Docker. */

export const WORKFLOW_FILE = '.github/workflows/policies.yml';

export const WORKFLOW = `# Applies the migrations to a fresh database and runs the tests of the policies.
name: policies
on: [push, pull_request]
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 24 }
      - run: npm ci
      - run: npm test
`;
