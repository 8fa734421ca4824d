import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { goModule, goTool } from '@tessera/testkit/go-tools'
import { cached } from '@tessera/testkit/stack/cache'

/** The Kubernetes that the manifests are checked against. */
const kubernetes = '1.37.2'

export const kustomize = () => goTool('kustomize', { path: 'sigs.k8s.io/kustomize/kustomize/v5', version: 'v5.8.2' })

export const kubeconform = () =>
  goTool('kubeconform', { path: 'github.com/yannh/kubeconform/cmd/kubeconform', version: 'v0.8.0' })

/** Loads a compose file and prints it as one resolved document. It does not see the environment: interpolate before. */
export const composeLoader = () =>
  goTool('cmd', { path: 'github.com/compose-spec/compose-go/v2/cmd', version: 'v2.16.2' })

type Schema = Record<string, unknown> & { properties?: unknown; additionalProperties?: unknown }
type Definition = Schema & { 'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[] }

/** Where kubeconform finds a JSON Schema for each kind of that Kubernetes, made from its own API description; a field that it does not know is an error. */
export async function schemaLocation(): Promise<string> {
  const directory = await cached(`kubernetes-${kubernetes}-schemas-1`, async (into) => {
    const sources = await goModule('k8s.io/kubernetes', `v${kubernetes}`)
    const text = await readFile(join(sources, 'api/openapi-spec/swagger.json'), 'utf8')
    const { definitions } = JSON.parse(text) as { definitions: Record<string, Definition> }
    for (const [name, definition] of Object.entries(definitions)) {
      if (definition.properties && !definition.additionalProperties) definition.additionalProperties = false
      const scalar = /\.(IntOrString|Quantity)$/.exec(name)
      if (scalar) definitions[name] = { oneOf: [{ type: 'string' }, { type: 'number' }] }
    }
    await writeFile(join(into, 'definitions.json'), JSON.stringify({ definitions }))
    for (const [name, definition] of Object.entries(definitions)) {
      const $ref = `definitions.json#/definitions/${name}`
      for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? []) {
        const suffix = [group.split('.')[0], version].filter((part) => part !== '').join('-')
        await writeFile(join(into, `${kind}-${suffix}.json`.toLowerCase()), JSON.stringify({ $ref }))
      }
    }
  })
  return `${directory}/{{.ResourceKind}}{{.KindSuffix}}.json`
}
