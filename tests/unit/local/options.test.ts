import { parseOptions } from '@cognito-supabase/local/options';
import { describe, expect, test } from 'vitest';

describe('the command line', () => {
  test('without options: this repository, .local, the usual ports', () => {
    expect(parseOptions([])).toMatchObject({
      web: false,
      reset: false,
      port: undefined,
      origins: [],
    });
    expect(parseOptions([])?.dir).toMatch(/\.local$/);
  });

  test('all of them', () => {
    const args = [
      '--web',
      '--dir',
      '/x',
      '--port',
      '5000',
      '--origin',
      'http://localhost:3000',
      '--reset',
    ];
    expect(parseOptions(args)).toMatchObject({
      web: true,
      dir: '/x',
      port: 5000,
      origins: ['http://localhost:3000'],
      reset: true,
    });
  });

  test('help is no start', () => {
    expect(parseOptions(['--help', '--web'])).toBeUndefined();
  });

  test.each([
    [['--prot', '5000'], /--prot/],
    [['--port', 'x'], /--port needs a number/],
    [['--port', '-1'], /port/],
    [['--port', '65529'], /--port needs a number/],
    [['--port', '1.5'], /--port needs a number/],
    [['--origin', 'localhost:3000'], /--origin needs scheme/],
    [['--origin', 'http://localhost:3000/'], /--origin needs scheme/],
    [['--workdir', '/nonexistent'], /no supabase\/config\.toml/],
    [['start'], /start/],
  ])('%j is refused with a reason', (args, message) => {
    expect(() => parseOptions(args)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', message: expect.stringMatching(message) }),
    );
  });
});
