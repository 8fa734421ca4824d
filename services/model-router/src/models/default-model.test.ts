import { loadConfig } from '@tessera/shared/config/load-config'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { Type } from 'typebox'
import { providersEnvironment } from '../providers/environment.ts'
import { providersFromConfig } from '../providers/providers-from-config.ts'
import { defaultModelOf } from './default-model.ts'
import { describeModels } from './describe-models.ts'

const logger = pino({ level: 'silent' })
const providersWith = (variables: Record<string, string>) =>
  providersFromConfig(loadConfig(Type.Object(providersEnvironment), variables), { logger })

test('without any key the built-in model is the default, and says so at start', async () => {
  const providers = await providersWith({})
  assert.equal(defaultModelOf(providers, undefined), 'tessera/extractive')
  assert.deepEqual(describeModels(providers), ['tessera (built in): tessera/extractive', 'default: tessera/extractive'])
})

test('each variable switches its provider on, and the start-up says which', async () => {
  const keys = {
    OPENAI_API_KEY: 'k1',
    ANTHROPIC_API_KEY: 'k2',
    GEMINI_API_KEY: 'k3',
    MISTRAL_API_KEY: 'k4',
    OPENAI_COMPATIBLE_URL: 'http://localhost:11434/v1',
  }
  for (const [variable, value] of Object.entries(keys)) {
    const providers = await providersWith({ [variable]: value })
    assert.equal(providers.length, 2)
    assert.equal(providers[0]?.switchedOnBy, variable)
    assert.equal(defaultModelOf(providers, undefined), `${providers[0].name}/${providers[0].defaultModel}`)
  }
  const lines = describeModels(await providersWith(keys)).join('\n')
  for (const variable of Object.keys(keys)) assert.ok(lines.includes(variable))
  assert.doesNotMatch(lines, /k[1-4]\b/)
})

test('an empty variable switches nothing on', async () => {
  assert.equal((await providersWith({ OPENAI_API_KEY: '', OPENAI_COMPATIBLE_URL: '' })).length, 1)
})

test('a configured default wins, and one without a provider is refused at start', async () => {
  const providers = await providersWith({ OPENAI_API_KEY: 'k' })
  assert.equal(defaultModelOf(providers, 'tessera/extractive'), 'tessera/extractive')
  assert.throws(() => defaultModelOf(providers, 'anthropic/claude'), /belongs to no provider/)
})
