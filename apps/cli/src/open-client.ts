import { createIntelliDocsClient, type ClientOptions, type IntelliDocsClient } from '@intellidocs/client'
import packageJson from '../package.json' with { type: 'json' }

const SYSTEMS: Partial<Record<NodeJS.Platform, string>> = { linux: 'Linux', darwin: 'Macintosh', win32: 'Windows' }

/** What the list of one's sessions and the mails about them call this terminal. */
const USER_AGENT = `intellidocs/${packageJson.version} (${SYSTEMS[process.platform] ?? process.platform})`

const named: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers)
  headers.set('user-agent', USER_AGENT)
  return fetch(input, { ...init, headers })
}

export const openClient = (options: Pick<ClientOptions, 'url' | 'token' | 'org'>): IntelliDocsClient => createIntelliDocsClient({ ...options, fetch: named })
