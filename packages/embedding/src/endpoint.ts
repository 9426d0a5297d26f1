/** Where an OpenAI-compatible server is, and what lets us in. */
export type Endpoint = { readonly url: URL; readonly headers: Readonly<Record<string, string>> }

/** `base` is the address that the configuration names (`…/v1`), without a slash at its end; `key` is sent as bearer token. */
export function endpointOf(base: string, path: string, key: string | undefined): Endpoint {
  const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) }
  return { url: new URL(`${base.replace(/\/+$/, '')}/${path}`), headers }
}
