/** Widths of the bars in percent: rows of a table, each of another length. */
const ROWS = [72, 54, 86, 63, 78] as const;

/** The figure of the app: a table in which row-level security shows the person's own rows. */
export const RowsFigure = ({ mine }: { readonly mine: readonly number[] }) => (
  <svg className="rows-figure" viewBox="0 0 100 58" aria-hidden="true" focusable="false">
    {ROWS.map((width, row) => (
      <rect
        key={width}
        className={mine.includes(row) ? 'rows-mine' : 'rows-other'}
        x="0"
        y={row * 12}
        width={mine.includes(row) ? 100 : width}
        height="8"
        rx="1.5"
      />
    ))}
  </svg>
);
