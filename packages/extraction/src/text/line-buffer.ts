/** Text that grows by lines. Keeps lines apart, because cutting the end off one long string again and again takes quadratic time. */
export type LineBuffer = {
  /** Appends text without line feeds to the open line, or several lines with them. */
  add(text: string): void
  /** The open line, to look at its end. */
  open(): string
  /** Replaces the open line. */
  setOpen(line: string): void
  /** Ends the open line even when it is empty. */
  end(): void
  /** Ends the open line unless nothing is in it; with `gap`, leaves one empty line. */
  fresh(gap: boolean): void
  text(): string
}

export function createLineBuffer(): LineBuffer {
  const lines: string[] = []
  let open = ''
  const end = () => {
    lines.push(open.trimEnd())
    open = ''
  }
  return {
    add: (text) => {
      const [first = '', ...rest] = text.split('\n')
      open += first
      for (const line of rest) {
        end()
        open = line
      }
    },
    open: () => open,
    setOpen: (line) => { open = line },
    end,
    fresh: (gap) => {
      if (open.trim() !== '') end()
      open = ''
      if (gap && lines.length > 0 && lines.at(-1) !== '') lines.push('')
    },
    text: () => [...lines, open.trimEnd()].join('\n'),
  }
}
