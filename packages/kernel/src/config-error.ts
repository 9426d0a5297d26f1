/** A value that stops the start. Names the variable and what is allowed, and never repeats the value: it may be a secret. */
export class ConfigError extends Error {
  readonly variable: string

  constructor(variable: string, allowed: string) {
    super(`${variable}: not an allowed value; give ${allowed}`)
    this.name = 'ConfigError'
    this.variable = variable
  }
}
