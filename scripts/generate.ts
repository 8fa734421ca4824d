import { writeFile } from 'node:fs/promises'
import { busFaults, streamFaults } from '../packages/shared/src/bus/faults.ts'
import { auditFaults } from '../packages/shared/src/contracts/access-control/faults.ts'
import { contracts } from '../packages/shared/src/contracts/all.ts'
import { contractsSnapshot } from '../packages/shared/src/contracts/snapshot.ts'
import { faultsDocument } from '../packages/shared/src/fault/faults-document.ts'
import { httpFaults, principalFaults } from '../packages/shared/src/http/faults.ts'
import { natsConfiguration } from '../packages/shared/src/bus/nats-configuration.ts'
import { gatewayFaults } from '../services/gateway/src/faults.ts'
import { openapiDocument } from '../services/gateway/src/openapi-document.ts'

/** Every catalogue of faults in the repository; a test finds the one that is missing here. */
export const faultCatalogues = [
  ...contracts.map(({ faults }) => faults),
  auditFaults,
  busFaults,
  streamFaults,
  httpFaults,
  principalFaults,
  gatewayFaults,
]

/** What is generated and committed: the path from the root of the repository, and what it must contain. */
export const generatedFiles: readonly { path: string; content: () => string | Promise<string> }[] = [
  { path: 'docs/faults.md', content: () => faultsDocument(faultCatalogues) },
  { path: 'nats/nats.conf', content: () => natsConfiguration(contracts) },
  { path: 'packages/shared/src/contracts/contracts.snapshot.json', content: () => contractsSnapshot() },
  { path: 'services/gateway/openapi.json', content: openapiDocument },
]

if (import.meta.main)
  for (const { path, content } of generatedFiles)
    await writeFile(new URL(`../${path}`, import.meta.url), await content())
