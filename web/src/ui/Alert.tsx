import type { ReactNode, Ref } from 'react';

interface AlertProps {
  readonly children: ReactNode;
  /** Name of the error, in small print: the readers of this app are developers. */
  readonly code?: string | null;
  readonly id?: string;
  readonly ref?: Ref<HTMLDivElement>;
}

/** An error, announced as soon as it appears. It can take the focus where no field is at fault. */
export const Alert = ({ children, code, id, ref }: AlertProps) => (
  <div className="alert" role="alert" id={id} ref={ref} tabIndex={-1}>
    <p>{children}</p>
    {code && <code className="alert-code">{code}</code>}
  </div>
);
