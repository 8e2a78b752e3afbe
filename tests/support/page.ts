/**
 * A page of the documentation, for a test that runs its code blocks. The test takes each block by some of
 * its text, so it runs a changed block with its changes, and `unused` lists new blocks.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const ROOT = path.resolve(import.meta.dirname, '../..');

interface Block {
  readonly language: string;
  readonly text: string;
  used: boolean;
}

export class Page {
  readonly #name: string;
  readonly text: string;
  readonly #blocks: readonly Block[];
  private constructor(name: string, text: string, blocks: readonly Block[]) {
    this.#name = name;
    this.text = text;
    this.#blocks = blocks;
  }

  /** @param name below the repository's top, such as `docs/add-a-module.md`. */
  static async read(name: string): Promise<Page> {
    const text = await readFile(path.join(ROOT, name), 'utf8');
    const blocks = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(
      ([, language = '', block = '']) => ({ language, text: block, used: false }),
    );
    return new Page(name, text, blocks);
  }

  /** The one block of this language that contains these words. */
  take(language: string, words: string): string {
    const found = this.#blocks.filter(
      (block) => block.language === language && block.text.includes(words),
    );
    const [block] = found;
    if (block === undefined || found.length > 1) {
      throw new Error(`${this.#name} has ${found.length} ${language} blocks with: ${words}`);
    }
    block.used = true;
    return block.text;
  }

  /** Marks a block that cannot be run here. */
  cannotRun(language: string, words: string, _reason: string): void {
    this.take(language, words);
  }

  /** The blocks that no test has taken. */
  get unused(): string[] {
    return this.#blocks.filter(({ used }) => !used).map(({ text }) => text);
  }
}

export interface Outcome {
  readonly code: number;
  /** Standard output and standard error. */
  readonly output: string;
}

/** Runs a block in bash, by default at the repository's top. */
export async function runInShell(
  script: string,
  { cwd = ROOT, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Outcome> {
  // `set -e` stops at the first failed command.
  const child = promisify(execFile)('bash', ['-c', `set -e\n${script}`], {
    cwd,
    env: { ...process.env, ...env },
    maxBuffer: 16 * 2 ** 20,
  });
  return child.then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    ({ code, stdout, stderr }) => ({ code, output: stdout + stderr }),
  );
}
