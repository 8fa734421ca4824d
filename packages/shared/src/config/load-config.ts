import { type Static, type TObject, type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'

/** A variable that may never be printed. `loadConfig` names it in an error, never its value. */
export const Secret = (options: { minLength?: number; description?: string } = {}) =>
  Type.String({ minLength: 1, ...options, 'x-secret': true })

/** Thrown by `loadConfig` with every bad variable at once. */
export class ConfigError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/**
 * Reads the variables of `schema` from `environment`, once, at start. Texts become numbers and booleans where the schema wants them,
 * an empty variable counts as absent, defaults are filled in, other variables are ignored. The result is frozen.
 */
export function loadConfig<S extends TObject>(
  schema: S,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Static<S>> {
  const values: Record<string, unknown> = {}
  const problems: string[] = []
  for (const [name, property] of Object.entries(schema.properties) as [string, TSchema & Hints][]) {
    const text = environment[name]
    const value = text === undefined || text === '' ? property.default : parse(text, property)
    if (value === undefined) {
      if (schema.required?.includes(name)) problems.push(`${name} is missing${describe(property)}`)
      continue
    }
    const errors = Compile(property).Errors(value)
    if (errors.length > 0) {
      const shown = property['x-secret'] ? '' : ` (it is ${JSON.stringify(text ?? value)})`
      problems.push(`${name} ${errors[0]?.message ?? 'is not valid'}${shown}${describe(property)}`)
    }
    values[name] = value
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.freeze(values) as Readonly<Static<S>>
}

type Hints = { type?: string; default?: unknown; description?: string; 'x-secret'?: boolean }

function parse(text: string, property: Hints): unknown {
  if (property.type === 'integer' || property.type === 'number') return text.trim() === '' ? text : numberOr(text)
  if (property.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  return text
}

const numberOr = (text: string) => (Number.isNaN(Number(text)) ? text : Number(text))

const describe = (property: Hints) => (property.description ? `: ${property.description}` : '')
