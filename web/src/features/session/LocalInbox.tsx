/** Shows where the emulator's codes can be read, because it sends no mail. Shows nothing on AWS. */
export const LocalInbox = ({ endpoint }: { readonly endpoint: string | null }) =>
  endpoint === null ? null : (
    <p className="local-hint">
      Running locally, so nothing was mailed:{' '}
      <a href={`${endpoint}/_local/inbox`} target="_blank" rel="noreferrer">
        open the local inbox
      </a>
      .
    </p>
  );
