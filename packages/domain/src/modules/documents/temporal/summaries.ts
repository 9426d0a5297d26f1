/**
 * What operators read of a run in Temporal's UI. Every other payload is sealed before it leaves the process; these sentences are not, so they
 * hold numbers and nothing of a customer's: the name of the document stands in the sealed details.
 */
export const summaries = {
  run: (of: { version: number; attempt: number; megabytes: string }): string => `Read version ${of.version} (attempt ${of.attempt}), ${of.megabytes} MB`,
  scan: 'Look for viruses',
  read: 'Identify the file and extract its text',
  ocr: (range: { from: number; to: number }): string => `Read the pixels of pages ${range.from}–${range.to}`,
  index: (range: { from: number; to: number }): string => `Index pages ${range.from}–${range.to}`,
  failed: 'Record that it failed',
  cancelled: 'Record that it was cancelled',
  readers: 'Rewrite the readers of what lies below a folder',
}

const SUMMARY = new RegExp(`^(?:${[
  String.raw`Read version \d+ \(attempt \d+\), \d+(?:\.\d+)? MB`, summaries.scan, summaries.read, String.raw`Read the pixels of pages \d+–\d+`, String.raw`Index pages \d+–\d+`,
  summaries.failed, summaries.cancelled, summaries.readers,
].join('|')})$`)

/** Whether a text is one of these sentences, to the letter. */
export const isSummary = (text: string): boolean => SUMMARY.test(text)
