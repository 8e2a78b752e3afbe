/** With an emulator no mail is sent; this says where its codes can be read. On AWS: nothing. */
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
