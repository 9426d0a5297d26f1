import { existsSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { failpointNames } from '../../packages/kernel/src/failpoint.ts'

/** What one source file needs to be there at run time. Paths are absolute, and packages are named as the import names them. */
export type References = { readonly modules: string[]; readonly assets: string[]; readonly packages: string[] }
export type Rewritten = References & { readonly code: string }

type Edit = { readonly from: number; readonly to: number; readonly text: string }

const names: readonly string[] = failpointNames
/** Calls of these are taken out with their names; `atWrite(name, work)` leaves the work. Names elsewhere become null. */
const FAILPOINT_CALLS = new Set(['failpoint', 'armFailpoints', 'atWrite'])

/**
 * A TypeScript file as the JavaScript that Node would run, with `.ts` in paths become `.js`. Types are replaced by blanks and edits keep
 * their lines, so that a stack trace of the artefact names the lines of the source and needs no source map.
 * Throws for a path to a TypeScript file in a form that it does not know how to change.
 */
export function rewrite(path: string, source: string): Rewritten {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.ESNext, true)
  const found = { modules: new Set<string>(), assets: new Set<string>(), packages: new Set<string>() }
  const edits: Edit[] = []
  const known = new Set<ts.Node>()

  function toModule(literal: ts.StringLiteralLike): void {
    known.add(literal)
    if (/^(node:|#)/.test(literal.text)) return
    if (!literal.text.startsWith('.')) return void found.packages.add(literal.text)
    toFile(literal)
  }

  function toFile(literal: ts.StringLiteralLike): void {
    known.add(literal)
    const target = join(dirname(path), literal.text)
    if (!literal.text.endsWith('.ts')) return void found.assets.add(target)
    found.modules.add(target)
    edits.push({ from: literal.getEnd() - 4, to: literal.getEnd() - 1, text: '.js' })
  }

  /** Lines are kept, whatever stood on them. */
  const replace = (from: number, to: number, text: string): void => {
    edits.push({ from, to, text: text + '\n'.repeat(source.slice(from, to).split('\n').length - 1) })
  }

  function takeOut(call: ts.CallExpression): void {
    const [, work] = call.arguments
    if (work === undefined) return replace(call.getStart(), call.getEnd(), 'undefined')
    replace(call.getStart(), work.getStart(), '(')
    replace(work.getEnd(), call.getEnd(), ')()')
    visit(work)
  }

  function visit(node: ts.Node): void {
    if (isOfTypesOnly(node)) return
    const specifier = moduleSpecifier(node)
    if (specifier !== undefined) toModule(specifier)
    const asset = urlBesideModule(node)
    if (asset !== undefined) toFile(asset)
    const call = failpointCall(node)
    if (call !== undefined) takeOut(call)
    else if (ts.isStringLiteral(node) && names.includes(node.text)) replace(node.getStart(), node.getEnd(), 'null')
    else ts.forEachChild(node, visit)
    if (ts.isStringLiteralLike(node) && !known.has(node) && leadsToSource(path, node.text)) {
      throw new Error(`${path}: the build cannot follow '${node.text}'; write new URL('${node.text}', import.meta.url)`)
    }
  }
  visit(file)
  return { code: stripTypeScriptTypes(apply(source, edits)), modules: [...found.modules], assets: [...found.assets], packages: [...found.packages] }
}

/** What vanishes with the types. */
const isOfTypesOnly = (node: ts.Node): boolean =>
  ts.isTypeNode(node) || (ts.isExportDeclaration(node) && node.isTypeOnly)
  || (ts.isImportDeclaration(node) && node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword)

function moduleSpecifier(node: ts.Node): ts.StringLiteralLike | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier as ts.StringLiteral | undefined
  const [argument] = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword ? node.arguments : []
  return argument !== undefined && ts.isStringLiteralLike(argument) ? argument : undefined
}

/** `new URL('…', import.meta.url)`: the one way in which the product names a file of its own. In parts, it can only name what is not built. */
function urlBesideModule(node: ts.Node): ts.StringLiteralLike | undefined {
  if (!ts.isNewExpression(node) || node.expression.getText() !== 'URL') return undefined
  const [relative, base] = node.arguments ?? []
  if (relative === undefined || base?.getText() !== 'import.meta.url') return undefined
  if (ts.isStringLiteralLike(relative)) return relative
  if (ts.isTemplateExpression(relative) && /^(\.\.\/)+$/.test(relative.head.text)) return undefined
  throw new Error(`the build cannot follow new URL(${relative.getText()}, import.meta.url): write the whole path in one string`)
}

const failpointCall = (node: ts.Node): ts.CallExpression | undefined =>
  ts.isCallExpression(node) && FAILPOINT_CALLS.has(node.expression.getText()) ? node : undefined

const leadsToSource = (path: string, text: string): boolean => /^[\w./-]+\.ts$/.test(text) && existsSync(join(dirname(path), text))

function apply(source: string, edits: readonly Edit[]): string {
  let code = source
  for (const { from, to, text } of edits.toSorted((a, b) => b.from - a.from)) code = code.slice(0, from) + text + code.slice(to)
  return code
}
