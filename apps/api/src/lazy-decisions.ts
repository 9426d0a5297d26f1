import type { DecisionsGateway } from '@intellidocs/domain'

export type Connected = { readonly gateway: DecisionsGateway; close(): Promise<void> }

/**
 * A way to Temporal that is made when the first decision needs it: loading the client takes half a second and 50 MB, and most of what the API does
 * works without. Nobody is kept from starting, or from anything else, by a Temporal that is away.
 */
export function createLazyDecisions(connect: () => Promise<Connected>): Connected {
  let connected: Promise<Connected> | undefined
  const gateway = async (): Promise<DecisionsGateway> => {
    connected ??= connect()
    try {
      return (await connected).gateway
    } catch (error) {
      connected = undefined
      throw error
    }
  }
  return {
    gateway: {
      decide: async (run, decision) => (await gateway()).decide(run, decision),
      begin: async (run) => (await gateway()).begin(run),
    },
    close: async () => { await (await connected)?.close() },
  }
}
