import type { ReactNode, Ref } from 'react';

interface AlertProps {
  readonly children: ReactNode;
  /** Name of the error, in small print, because developers use this app. */
  readonly code?: string | null;
  readonly id?: string;
  readonly ref?: Ref<HTMLDivElement>;
}

/** An error, announced to screen readers. It can take the focus if it is not about a field. */
export const Alert = ({ children, code, id, ref }: AlertProps) => (
  <div className="alert" role="alert" id={id} ref={ref} tabIndex={-1}>
    <p>{children}</p>
    {code && <code className="alert-code">{code}</code>}
  </div>
);
