/** Asks before a command writes or changes something. */
import { confirm, isCancel } from '@clack/prompts';

export interface Consent {
  /** Without asking. */
  readonly yes?: boolean;
  /** Only shows what would be done. */
  readonly dryRun?: boolean;
}

/** Without a terminal nobody can be asked, and nothing is done. */
export const isTerminal = (): boolean => Boolean(process.stdin.isTTY && process.stdout.isTTY);

/** @param message the question */
export async function hasConsent({ yes, dryRun }: Consent, message: string): Promise<boolean> {
  if (dryRun) return false;
  if (yes) return true;
  if (!isTerminal()) return false;
  const answer = await confirm({ message });
  return !isCancel(answer) && answer;
}
