// What workflow code reaches when it runs. Type-only imports are left out, everything reached through others is followed.
// Temporal replays this code years later: it may hold nothing that reads a clock, a file, a socket, a variable or a random number.
import base from './.dependency-cruiser.mjs'

/** Workflow code, and the engine of flows, which workflow code may run. */
const pure = '\\.workflow\\.ts$|/workflows/engine/(?!.*\\.(test|testkit)\\.ts$)'

export default {
  forbidden: [
    {
      name: 'workflow-code-is-pure', severity: 'error', comment: 'workflow code reaches the workflow SDK and pure files only',
      from: { path: pure },
      to: { reachable: true, path: 'node_modules/', pathNot: 'node_modules/@temporalio/(workflow|common)/' },
    },
    {
      name: 'workflow-code-is-pure', severity: 'error',
      from: { path: pure },
      to: { reachable: true, path: '^packages/(contracts|db|kernel|storage|extraction|embedding|client|testing)/|\\.(repository|service|router|module|activities)\\.ts$|/activities\\.ts$|/index\\.ts$' },
    },
    {
      name: 'workflow-code-is-pure', severity: 'error', comment: 'no module of Node itself',
      from: { path: pure },
      to: { reachable: true, path: '^(node:)?(assert|async_hooks|buffer|child_process|cluster|crypto|dgram|dns|events|fs|http|http2|https|inspector|module|net|os|path|perf_hooks|process|readline|stream|timers|tls|url|util|v8|vm|worker_threads|zlib)(/|$)' },
    },
  ],
  options: { ...base.options, tsPreCompilationDeps: false },
}
