import Bowser from 'bowser'

const UNKNOWN = 'Unknown device'

/**
 * What a person recognises of a `user-agent`: `Firefox on Windows`, or the first word of a program's. Without versions, so that an update is no
 * new device. The sender writes it and may lie: it is shown, and decides nothing.
 */
export function deviceOf(userAgent: string | null | undefined): string {
  if (userAgent === null || userAgent === undefined || userAgent === '') return UNKNOWN
  const { browser, os } = Bowser.parse(userAgent.slice(0, 500))
  const [first = ''] = userAgent.split(/[/\s]/, 1)
  // What it does not know it calls nothing, or an empty name.
  const program = browser.name === undefined || browser.name === '' ? first : browser.name
  const system = os.name === undefined || os.name === '' ? '' : ` on ${os.name}`
  const shown = `${program}${system}`.replaceAll(/[^\x20-\x7e]/g, '').trim().slice(0, 80)
  return shown === '' ? UNKNOWN : shown
}
