import { createApi } from '@tessera/standalone/api'
import { createDevelopmentIssuer } from '@tessera/standalone/development-issuer'
import { newInstallation } from '@tessera/standalone/installation'
import { startStandalone } from '@tessera/standalone/standalone'
import { createPerson } from '@tessera/testkit/builders'
import type { TestScope } from '@tessera/testkit/test-scope'
import { pino } from 'pino'

/** All services in this process, with providers at the given addresses, and people who may ask. */
export async function compatibleWorld(t: TestScope, environment: Record<string, string>) {
  const installation = await newInstallation()
  const issuer = await createDevelopmentIssuer(installation.issuerKey)
  const tessera = await startStandalone({
    ...{ installation, issuer, environment, host: '127.0.0.1', port: 0, folderRoots: [] },
    admin: { id: 'admin', name: 'Admin' },
    logger: pino({ level: 'silent' }),
  })
  t.after(() => tessera.close())
  const { url } = tessera
  const tokenFor = (subject: string) => issuer.tokenFor(subject, subject)
  const admin = createApi(url, await tokenFor('admin'))
  const at = { issuer: issuer.issuer, admin }
  return {
    ...at,
    url,
    baseUrl: `${url}/v1`,
    /** The token of a new member. Each has a rate limit of their own. */
    async member(subject: string) {
      await createPerson(at, subject, { roles: ['member'] })
      return tokenFor(subject)
    },
  }
}

/** Where each provider is reached, for a server that speaks all their protocols at one address. */
export const providersAt = (url: string) => ({
  OPENAI_API_KEY: 'sk-one',
  OPENAI_BASE_URL: `${url}/v1`,
  ANTHROPIC_API_KEY: 'sk-two',
  ANTHROPIC_BASE_URL: url,
  GEMINI_API_KEY: 'three',
  GEMINI_BASE_URL: url,
  MISTRAL_API_KEY: 'four',
  MISTRAL_BASE_URL: url,
  OPENAI_COMPATIBLE_URL: `${url}/v1`,
})
