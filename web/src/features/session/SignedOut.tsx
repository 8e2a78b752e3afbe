import type { EndOfSession } from '@cognito-supabase/client';
import { useEffect, useRef, useState } from 'react';
import { Alert } from '../../ui/Alert.tsx';
import { useProblem } from '../../ui/use-problem.ts';
import { NewPassword, SignInCode, UnsupportedStep } from './Challenge.tsx';
import { ConfirmSignUp } from './ConfirmSignUp.tsx';
import { ConfirmReset, RequestReset } from './ResetPassword.tsx';
import { SignIn } from './SignIn.tsx';
import { SignUp } from './SignUp.tsx';
import type { Step } from './steps.ts';
import { TokensWay } from './TokensWay.tsx';

interface SignedOutProps {
  readonly end: EndOfSession | null;
  readonly cognitoEndpoint: string | null;
}

const ENDS: Readonly<Record<EndOfSession, string>> = {
  refused: 'Your session has ended: Cognito did not renew it. Please sign in again.',
  revoked: 'Your session was ended. Please sign in again.',
  elsewhere: 'You were signed out in another tab.',
};

interface ScreenProps extends Pick<SignedOutProps, 'cognitoEndpoint'> {
  readonly step: Step;
  readonly onStep: (step: Step) => void;
}

const Screen = ({ step, ...props }: ScreenProps) => {
  switch (step.name) {
    case 'signIn':
      return <SignIn step={step} {...props} />;
    case 'signUp':
      return <SignUp {...props} />;
    case 'confirmSignUp':
      return <ConfirmSignUp step={step} {...props} />;
    case 'requestReset':
      return <RequestReset step={step} {...props} />;
    case 'confirmReset':
      return <ConfirmReset step={step} {...props} />;
    case 'newPassword':
      return <NewPassword step={step} {...props} />;
    case 'signInCode':
      return <SignInCode step={step} {...props} />;
    case 'unsupported':
      return <UnsupportedStep step={step} {...props} />;
    case 'done':
      return null;
  }
};

/** The screens of a signed-out person. They request no data. */
export const SignedOut = ({ end, cognitoEndpoint }: SignedOutProps) => {
  const [step, setStep] = useState<Step>({ name: 'signIn' });
  // The reason why the session ended disappears when a newer message is shown.
  const [ended] = useProblem(end);
  const card = useRef<HTMLElement>(null);
  const entered = useRef(step.name);

  useEffect(() => {
    if (entered.current === step.name) return;
    entered.current = step.name;
    // Move the focus after a change of screen, but not after the page was loaded.
    card.current?.querySelector<HTMLElement>('input:not([hidden]), button')?.focus();
  }, [step.name]);

  return (
    <div className="signed-out">
      <section className="intro">
        <h1>
          <span>Cognito says who you are.</span> <span>Postgres says what you may do.</span>
        </h1>
        <p>
          A notebook that shows the two as one: sign in with Amazon Cognito, and row-level security
          in Supabase opens your notes to you and to nobody else.
        </p>
      </section>
      <section className="card" ref={card}>
        {ended && step.name === 'signIn' && <Alert>{ENDS[ended]}</Alert>}
        {/* Without a step there is nothing to show; the form stays until the session is here. */}
        <Screen
          key={step.name}
          step={step}
          cognitoEndpoint={cognitoEndpoint}
          onStep={(next) => next.name !== 'done' && setStep(next)}
        />
      </section>
      <TokensWay />
    </div>
  );
};
