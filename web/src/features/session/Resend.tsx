import { Alert } from '../../ui/Alert.tsx';
import { SlowNotice } from '../../ui/SlowNotice.tsx';
import type { Resend } from './use-resend.ts';

interface ResendStatusProps {
  readonly code: Resend;
  /** The text after it was sent. */
  readonly sent: string;
}

/** The state of a request for another code. */
export const ResendStatus = ({ code, sent }: ResendStatusProps) => (
  <>
    <p className="status-line" role="status">
      {code.sent && sent}
    </p>
    <SlowNotice waiting={code.waiting} who="Cognito" />
    {code.problem && <Alert code={code.problem.code}>{code.problem.text}</Alert>}
  </>
);

export const ResendButton = ({ code }: { readonly code: Resend }) => (
  <button
    type="button"
    className="button button-link"
    aria-disabled={code.waiting.pending}
    onClick={code.resend}
  >
    Send a new code
  </button>
);
