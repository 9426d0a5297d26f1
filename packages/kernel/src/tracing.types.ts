/** Values of attributes: numbers, flags and words of closed lists, or opaque ids. Never names, texts, addresses or secrets. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

export type SpanOptions = {
  /** `server` for a request that came in, `consumer` for what was taken from the outbox or from Temporal; otherwise an inner step. */
  readonly kind?: 'server' | 'consumer'
  /** A `traceparent` to go on from, in place of the span that runs now. Null: nothing was handed on, so a new trace begins. */
  readonly parent?: string | null
  readonly attributes?: SpanAttributes
}

/** A span that ends by itself later, as that of a request does; its work is whatever runs inside `within`. */
export type OpenSpan = {
  within<T>(work: () => T): T
  end(outcome: { readonly failed: boolean; readonly attributes?: SpanAttributes }): void
}

/**
 * Traces as the product sees them. Without an endpoint it is `noTracing`, which only calls the work: nothing of OpenTelemetry is loaded and
 * nothing is allocated. A span is failed when its work throws; of the error only the name is kept, as messages may quote content.
 */
export type Tracing = {
  /** The work of a span; it ends when the promise settles. Spans begun inside are its children. */
  span<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T>
  open(name: string, options: SpanOptions): OpenSpan
  /** The running span as a W3C `traceparent`, for what goes on in another process; null while nothing is traced. */
  current(): string | null
  /** Sends what waits. Does not throw: spans that cannot be sent are logged and dropped. */
  close(): Promise<void>
}

const untraced: OpenSpan = { within: (work) => work(), end: () => undefined }

export const noTracing: Tracing = {
  span: (_name, _options, work) => work(),
  open: () => untraced,
  current: () => null,
  close: () => Promise.resolve(),
}
