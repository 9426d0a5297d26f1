/** The only source of the present time in services, so that tests decide what time it is. */
export type Clock = { now(): Date }

export const systemClock: Clock = Object.freeze({ now: () => new Date() })
