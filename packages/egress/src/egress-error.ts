/**
 * Why nothing, or no answer, came of a request. `address`: it leads, or may lead, where requests do not go. `resolve`: the name is unknown, or nobody
 * answers for it. `timeout`: no answer within the time. `tls`: nobody with a valid certificate answers. `connection`: everything else on the way.
 */
export type EgressReason = 'scheme' | 'address' | 'resolve' | 'timeout' | 'tls' | 'connection' | 'cancelled'

/** Holds no word of the other side's: what it says may be anything. */
export class EgressError extends Error {
  readonly reason: EgressReason

  constructor(reason: EgressReason, options?: ErrorOptions) {
    super(`the request was not answered (${reason})`, options)
    this.name = 'EgressError'
    this.reason = reason
  }
}
