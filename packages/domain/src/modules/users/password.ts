import { hash, verify } from '@node-rs/argon2'

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane; about 25 ms a call. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/** Of a password nobody has. Verified when an account does not exist, so that both answers cost the same. */
export const hashOfNobody = '$argon2id$v=19$m=19456,t=2,p=1$ha49DRa0qmFOYPbtOKUIHg$raO8cAgUs7F+yNVcCb2pYyfuc5W46Ew9fWGnoEW++1o'

export type Passwords = {
  /** An argon2id PHC string. */
  hash(password: string): Promise<string>
  /** `stored: null` stands for an unknown account: false, after the same work. */
  verify(stored: string | null, password: string): Promise<boolean>
}

export const argon2Passwords: Passwords = {
  hash: (password) => hash(password, cost),
  async verify(stored, password) {
    const matches = await verify(stored ?? hashOfNobody, password)
    return matches && stored !== null
  },
}
