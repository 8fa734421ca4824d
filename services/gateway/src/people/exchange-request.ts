import { OauthFault } from './oauth-error.ts'

export const formMediaType = 'application/x-www-form-urlencoded'
export const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange'
const tokenType = (name: string) => `urn:ietf:params:oauth:token-type:${name}`
export const accessTokenType = tokenType('access_token')
const subjectTokenTypes = ['access_token', 'jwt', 'id_token'].map(tokenType)
/** Ours is both: an access token for us, and a JWT. */
const requestedTokenTypes = ['access_token', 'jwt'].map(tokenType)
const longestToken = 16 * 1024

/** What RFC 8693 lets a client ask for and we don't give. To ignore it would give another token than was asked for. */
const refused: Readonly<Record<string, 'invalid_request' | 'invalid_scope' | 'invalid_target'>> = {
  actor_token: 'invalid_request',
  actor_token_type: 'invalid_request',
  scope: 'invalid_scope',
  resource: 'invalid_target',
  audience: 'invalid_target',
}

/** Reads the form of an exchange (RFC 8693 section 2.1). Parameters that it does not define are ignored, as RFC 6749 wants; each may come once. */
export function exchangeRequestOf(form: string): { subjectToken: string } {
  const parameters = new URLSearchParams(form)
  const one = (name: string) => {
    const [value, ...more] = parameters.getAll(name)
    if (more.length > 0) throw new OauthFault('invalid_request', `${name} is given more than once.`)
    return value === '' ? undefined : value
  }
  if (one('grant_type') !== grantType)
    throw new OauthFault('unsupported_grant_type', `grant_type must be ${grantType}.`)
  for (const [name, error] of Object.entries(refused))
    if (one(name) !== undefined) throw new OauthFault(error, `${name} is not supported.`)
  const requested = one('requested_token_type')
  if (requested !== undefined && !requestedTokenTypes.includes(requested))
    throw new OauthFault('invalid_request', 'requested_token_type must be an access token.')
  const type = one('subject_token_type')
  if (type === undefined || !subjectTokenTypes.includes(type))
    throw new OauthFault('invalid_request', `subject_token_type must be one of ${subjectTokenTypes.join(', ')}.`)
  const subjectToken = one('subject_token')
  if (subjectToken === undefined || subjectToken.length > longestToken)
    throw new OauthFault('invalid_request', 'subject_token is required.')
  return { subjectToken }
}
