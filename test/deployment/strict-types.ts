import path from 'node:path'
import ts from 'typescript'
import { root, type Manifest } from './read-manifests.ts'

/**
 * What is wrong with manifests by Kubernetes' own schemas, unknown fields included: they are written out as literals of
 * the types that the schemas were made into, and the compiler complains.
 */
export function complaintsOf(all: readonly Manifest[]): readonly string[] {
  const source = all.map(asLiteral).join('\n')
  const name = path.join(root, 'test/deployment/manifests-as-literals.ts')
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  }
  const host = ts.createCompilerHost(options)
  const { readFile, fileExists, getSourceFile } = host
  host.readFile = (file) => (file === name ? source : readFile(file))
  host.fileExists = (file) => file === name || fileExists(file)
  host.getSourceFile = (file, ...rest) =>
    file === name
      ? ts.createSourceFile(file, source, ts.ScriptTarget.ES2022)
      : getSourceFile.call(host, file, ...rest)
  return ts
    .getPreEmitDiagnostics(ts.createProgram([name], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
}

function asLiteral({ file, ...manifest }: Manifest, at: number): string {
  const module = `kubernetes-models/${manifest.apiVersion}/${manifest.kind}`
  return `import type { I${manifest.kind} as Kind${at} } from '${module}'
/* ${file} */ export const manifest${at}: Kind${at} = ${JSON.stringify(manifest)}`
}
