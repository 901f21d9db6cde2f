// Microsoft's sign-in library for Node judges the sandbox's Entra: what it
// accepts, silently refreshes and throws must be as with Microsoft's.
import { ConfidentialClientApplication, CryptoProvider, InteractionRequiredAuthError, PublicClientApplication } from '@azure/msal-node'
import { check, claims, done, equal, place, refused, turn } from './check.mjs'

const host = new URL(place.entraTls).host
const authority = `${place.entraTls}/${place.tenantId}`
const redirectUri = 'http://localhost:3999'
const graph = new URL(place.graph).origin
const org = new URL(place.dataverse).origin
const companion = {
  id: '5b1f2c7e-9d3a-4c86-a1e4-0c0ffee0cafe',
  secret: 'sandbox~companion~secret~is~no~secret',
  scope: 'api://5b1f2c7e-9d3a-4c86-a1e4-0c0ffee0cafe/chat.join',
}
const me = place.users.find((u) => u.role === 'agent')
const chatScopes = ['Chat.ReadWrite', 'User.Read']

const auth = (more = {}) => ({ clientId: place.clientId, authority, knownAuthorities: [host], clientCapabilities: ['cp1'], ...more })
const publicApp = (more) => new PublicClientApplication({ auth: auth(more) })
const confidentialApp = (more = {}) =>
  new ConfidentialClientApplication({
    auth: { clientId: companion.id, clientSecret: companion.secret, authority, knownAuthorities: [host], ...more },
  })

/** browse opens an authorize address as a person who picks themselves. */
async function browse(url, more = { sandbox_user: me.upn }) {
  const at = new URL(url)
  for (const [k, v] of Object.entries(more)) at.searchParams.set(k, v)
  const res = await fetch(at, { redirect: 'manual' })
  if (res.status !== 302) throw new Error(`the page answers ${res.status}: ${(await res.text()).replace(/<[^>]*>/g, ' ').slice(-300)}`)
  return new URL(res.headers.get('location')).searchParams
}

const crypto = new CryptoProvider()

/** signIn does authorization code with PKCE, and returns app and result. */
async function signIn(app = publicApp(), more = {}, picks) {
  const { verifier, challenge } = await crypto.generatePkceCodes()
  const url = await app.getAuthCodeUrl({
    scopes: chatScopes, redirectUri, codeChallenge: challenge, codeChallengeMethod: 'S256', state: 's1', nonce: 'n1', ...more,
  })
  const back = await browse(url, picks)
  if (back.get('error')) throw Object.assign(new Error(back.get('error_description')), { errorCode: back.get('error') })
  equal(back.get('state'), 's1', 'state')
  const result = await app.acquireTokenByCode({ code: back.get('code'), scopes: chatScopes, redirectUri, codeVerifier: verifier, nonce: 'n1', ...more })
  return { app, result, code: back.get('code'), verifier }
}

const call = (token, path = '/me', base = place.graph) => fetch(base + path, { headers: { authorization: `Bearer ${token}` } })

const metadata = await (await fetch(`${authority}/v2.0/.well-known/openid-configuration`)).json()

await check('metadata: issuer and endpoints lie at the authority', () => {
  equal(metadata.issuer, `${authority}/v2.0`, 'issuer')
  for (const k of ['authorization_endpoint', 'token_endpoint', 'device_authorization_endpoint', 'jwks_uri'])
    if (!metadata[k].startsWith(place.entraTls)) throw new Error(`${k} is ${metadata[k]}`)
})

await check('metadata: an unknown tenant is AADSTS90002', async () => {
  const res = await fetch(`${place.entraTls}/nobody.example/v2.0/.well-known/openid-configuration`)
  equal(res.status, 400, 'status')
  equal((await res.json()).error_codes[0], 90002, 'code')
})

const first = await signIn().catch((e) => e)

await check('authorization code: MSAL redeems it with PKCE', () => {
  if (first instanceof Error) throw first
  equal(first.result.account.username, me.upn, 'username')
  equal(first.result.tenantId, place.tenantId, 'tenant')
})

await check('authorization code: the account is named by client_info', () => {
  equal(first.result.account.homeAccountId, `${me.id}.${place.tenantId}`, 'home account')
})

await check('authorization code: scopes and expiry are told', () => {
  for (const s of chatScopes) if (!first.result.scopes.includes(s)) throw new Error(`no ${s} in ${first.result.scopes}`)
  const minutes = (first.result.expiresOn - Date.now()) / 60000
  if (minutes < 55 || minutes > 95) throw new Error(`expires in ${minutes} minutes`)
})

await check('id token: aud, iss, tid, oid, nonce, sub, ver', () => {
  const c = first.result.idTokenClaims
  equal(c.aud, place.clientId, 'aud')
  equal(c.iss, metadata.issuer, 'iss')
  equal(c.tid, place.tenantId, 'tid')
  equal(c.oid, me.id, 'oid')
  equal(c.nonce, 'n1', 'nonce')
  equal(c.ver, '2.0', 'ver')
  if (!c.sub || c.sub === c.oid) throw new Error('sub is not pairwise')
})

await check('id token: signed by a key of the JWKS', async () => {
  const { createPublicKey, verify } = await import('node:crypto')
  const [head, payload, sig] = first.result.idToken.split('.')
  const kid = JSON.parse(Buffer.from(head, 'base64url')).kid
  const jwk = (await (await fetch(metadata.jwks_uri)).json()).keys.find((k) => k.kid === kid)
  const good = verify('RSA-SHA256', Buffer.from(`${head}.${payload}`), createPublicKey({ key: jwk, format: 'jwk' }), Buffer.from(sig, 'base64url'))
  equal(good, true, 'signature')
})

await check('access token: Graph accepts it, Dataverse does not', async () => {
  equal((await call(first.result.accessToken)).status, 200, 'Graph')
  equal((await call(first.result.accessToken, '/WhoAmI', place.dataverse)).status, 401, 'Dataverse')
})

await check('authorization code: works once (AADSTS54005)', async () => {
  const e = await refused(() => first.app.acquireTokenByCode({ code: first.code, scopes: chatScopes, redirectUri, codeVerifier: first.verifier }))
  if (!e.errorMessage.includes('AADSTS54005')) throw e
})

await check('authorization code: a wrong verifier is refused (AADSTS50148)', async () => {
  const app = publicApp()
  const { challenge } = await crypto.generatePkceCodes()
  const back = await browse(await app.getAuthCodeUrl({ scopes: chatScopes, redirectUri, codeChallenge: challenge, codeChallengeMethod: 'S256' }))
  const e = await refused(() => app.acquireTokenByCode({ code: back.get('code'), scopes: chatScopes, redirectUri, codeVerifier: 'x'.repeat(43) }))
  if (!e.errorMessage.includes('AADSTS50148')) throw e
})

await check('authorize: a foreign redirect address is a page, not a redirect (AADSTS50011)', async () => {
  const url = await publicApp().getAuthCodeUrl({ scopes: chatScopes, redirectUri: 'https://evil.example/' })
  const res = await fetch(url, { redirect: 'manual' })
  equal(res.status, 400, 'status')
  if (!(await res.text()).includes('AADSTS50011')) throw new Error('no AADSTS50011 on the page')
})

await check('authorize: cancel comes back as access_denied', async () => {
  equal((await refused(() => signIn(publicApp(), {}, { sandbox_answer: 'cancel' }))).errorCode, 'access_denied')
})

await check('prompt=none with a known login_hint signs in without a page', async () => {
  const { result } = await signIn(publicApp(), { prompt: 'none', loginHint: me.upn }, {})
  equal(result.account.username, me.upn, 'username')
})

await check('prompt=none with an unknown login_hint is login_required', async () => {
  equal((await refused(() => signIn(publicApp(), { prompt: 'none', loginHint: 'nobody@contoso.example' }, {}))).errorCode, 'login_required')
})

await check('prompt=none under conditional access is interaction_required', async () => {
  await turn('refusesignin', { value: '50076' })
  try {
    equal((await refused(() => signIn(publicApp(), { prompt: 'none', loginHint: me.upn }, {}))).errorCode, 'interaction_required')
  } finally {
    await turn('refusesignin', { value: '' })
  }
})

await check('silent: a cached token is returned as it is', async () => {
  const again = await first.app.acquireTokenSilent({ account: first.result.account, scopes: ['Chat.ReadWrite'] })
  equal(again.accessToken, first.result.accessToken, 'token')
  equal(again.fromCache, true, 'fromCache')
})

await check('silent: forceRefresh gives a new token by the refresh token', async () => {
  const again = await first.app.acquireTokenSilent({ account: first.result.account, scopes: chatScopes, forceRefresh: true })
  equal(again.fromCache, false, 'fromCache')
  equal((await call(again.accessToken)).status, 200, 'Graph')
})

await check('silent: one refresh token serves Dataverse too', async () => {
  const r = await first.app.acquireTokenSilent({ account: first.result.account, scopes: [`${org}/user_impersonation`] })
  equal((await call(r.accessToken, '/WhoAmI', place.dataverse)).status, 200, 'Dataverse')
  equal((await call(r.accessToken)).status, 401, 'Graph')
})

await check('silent: two resources in one request are refused (AADSTS28000)', async () => {
  const e = await refused(() => first.app.acquireTokenSilent({ account: first.result.account, scopes: ['Chat.Read', `${org}/user_impersonation`], forceRefresh: true }))
  if (!e.errorMessage.includes('AADSTS28000')) throw e
})

await check('silent: an unknown scope is refused (AADSTS70011)', async () => {
  const e = await refused(() => first.app.acquireTokenSilent({ account: first.result.account, scopes: ['Chat.Banana'], forceRefresh: true }))
  if (!e.errorMessage.includes('AADSTS70011')) throw e
})

await check('silent: an unknown resource is refused (AADSTS500011)', async () => {
  const e = await refused(() => first.app.acquireTokenSilent({ account: first.result.account, scopes: ['https://other.example/.default'], forceRefresh: true }))
  if (!e.errorMessage.includes('AADSTS500011')) throw e
})

await check('silent: a missing consent throws InteractionRequiredAuthError (AADSTS65001)', async () => {
  await turn('consent', { value: 'user', scopes: ['Presence.Read.All'] })
  try {
    const e = await refused(() => first.app.acquireTokenSilent({ account: first.result.account, scopes: ['Presence.Read.All'], forceRefresh: true }))
    if (!(e instanceof InteractionRequiredAuthError) || !e.errorMessage.includes('AADSTS65001')) throw e
    equal(e.subError, 'consent_required', 'suberror')
  } finally {
    await turn('consent')
  }
})

await check('silent: what is withheld is never left out quietly', async () => {
  await turn('withhold', { scopes: ['Presence.Read.All'] })
  try {
    const e = await refused(() => first.app.acquireTokenSilent({ account: first.result.account, scopes: ['Chat.Read', 'Presence.Read.All'], forceRefresh: true }))
    if (!(e instanceof InteractionRequiredAuthError) || !e.errorMessage.includes('AADSTS65001')) throw e
  } finally {
    await turn('consent')
  }
})

await check('silent: a permission that nobody agreed to (AADSTS65001), and one that does not exist (AADSTS70011)', async () => {
  const ask = (scope) => refused(() => first.app.acquireTokenSilent({ account: first.result.account, scopes: [scope], forceRefresh: true }))
  const e = await ask('Mail.Read')
  if (!(e instanceof InteractionRequiredAuthError) || !e.errorMessage.includes('AADSTS65001')) throw e
  const none = await ask('Banana.Read')
  if (!none.errorMessage.includes('AADSTS70011')) throw none
})

await check('consent: the page asks, accepting grants what was missing', async () => {
  await turn('consent', { value: 'user', scopes: ['Chat.ReadWrite'] })
  try {
    const app = publicApp()
    const { challenge } = await crypto.generatePkceCodes()
    const url = await app.getAuthCodeUrl({ scopes: chatScopes, redirectUri, codeChallenge: challenge, codeChallengeMethod: 'S256' })
    const page = await fetch(`${url}&sandbox_user=${encodeURIComponent(me.upn)}`, { redirect: 'manual' })
    equal(page.status, 200, 'status of the page')
    if (!(await page.text()).includes('Chat.ReadWrite')) throw new Error('the page does not name the permission')
    equal((await refused(() => signIn(publicApp(), { prompt: 'none', loginHint: me.upn }, {}))).errorCode, 'consent_required')
    const { result } = await signIn(publicApp(), {}, { sandbox_user: me.upn, sandbox_consent: 'accept' })
    if (!result.scopes.includes('Chat.ReadWrite')) throw new Error(`got ${result.scopes}`)
    await signIn()
  } finally {
    await turn('consent')
  }
})

await check('consent: where only administrators may agree, sign-in ends in AADSTS90094', async () => {
  await turn('consent', { value: 'admin', scopes: ['Chat.ReadWrite'] })
  try {
    const e = await refused(() => signIn())
    if (!e.message.includes('AADSTS90094')) throw e
    const partial = await signIn(publicApp(), { scopes: [`${graph}/.default`] })
    if (partial.result.scopes.some((s) => s.endsWith('Chat.ReadWrite'))) throw new Error('.default gives what was not consented to')
  } finally {
    await turn('consent')
  }
})

await check('admin consent: an administrator grants, others are turned away', async () => {
  await turn('consent', { value: 'admin', scopes: ['Chat.ReadWrite'] })
  const link = `${authority}/v2.0/adminconsent?client_id=${place.clientId}&state=s&redirect_uri=${encodeURIComponent(redirectUri)}&scope=${encodeURIComponent(`${graph}/.default`)}`
  try {
    const admin = place.users.find((u) => u.role === 'admin')
    const mine = await fetch(`${link}&sandbox_user=${encodeURIComponent(me.upn)}`, { redirect: 'manual' })
    if (!(await mine.text()).includes('AADSTS90093')) throw new Error('an agent may grant for everybody')
    equal((await browse(link, { sandbox_user: admin.upn, sandbox_consent: 'decline' })).get('error'), 'access_denied')
    equal((await browse(link, { sandbox_user: admin.upn, sandbox_consent: 'accept' })).get('admin_consent'), 'True')
    await signIn()
  } finally {
    await turn('consent')
  }
})

await check('claims challenge: Graph asks, MSAL satisfies it silently', async () => {
  const { app, result } = await signIn()
  await turn('claimschallenge', { persons: [me.upn] })
  try {
    const no = await call(result.accessToken)
    equal(no.status, 401, 'status')
    const text = no.headers.get('www-authenticate')
    if (!text.includes('insufficient_claims')) throw new Error(text)
    const wanted = Buffer.from(/claims="([^"]+)"/.exec(text)[1], 'base64').toString()
    const again = await app.acquireTokenSilent({ account: result.account, scopes: chatScopes, claims: wanted })
    equal((await call(again.accessToken)).status, 200, 'after the challenge')
    if (!claims(again.accessToken).xms_cc?.includes('cp1')) throw new Error('the token lost its capability')
  } finally {
    await turn('reset')
  }
})

await check('conditional access: a step-up is asked for with claims and met by signing in', async () => {
  const { app, result } = await signIn()
  await turn('stepup', { persons: [me.upn], value: 'dataverse' })
  try {
    const silent = (more) => app.acquireTokenSilent({ account: result.account, scopes: [`${org}/user_impersonation`], forceRefresh: true, ...more })
    const e = await refused(silent)
    if (!(e instanceof InteractionRequiredAuthError) || !e.errorMessage.includes('AADSTS50076') || !e.claims) throw e
    await refused(() => silent({ claims: e.claims }))
    const up = await signIn(app, { claims: e.claims, scopes: [`${org}/user_impersonation`] })
    equal((await call(up.result.accessToken, '/WhoAmI', place.dataverse)).status, 200, 'Dataverse')
  } finally {
    await turn('reset')
  }
})

await check('conditional access: a block is AADSTS53003', async () => {
  await turn('refusesignin', { value: '53003' })
  try {
    const e = await refused(() => first.app.acquireTokenSilent({ account: first.result.account, scopes: chatScopes, forceRefresh: true }))
    if (!(e instanceof InteractionRequiredAuthError) || !e.errorMessage.includes('AADSTS53003')) throw e
  } finally {
    await turn('refusesignin', { value: '' })
  }
})

await check('revocation: the refresh token ends (AADSTS50173), a new sign-in works', async () => {
  const { app, result } = await signIn()
  await turn('revoke', { persons: [me.upn] })
  equal((await call(result.accessToken)).status, 401, 'the old token at Graph')
  const e = await refused(() => app.acquireTokenSilent({ account: result.account, scopes: chatScopes, forceRefresh: true }))
  if (!(e instanceof InteractionRequiredAuthError) || !e.errorMessage.includes('AADSTS50173')) throw e
  await new Promise((resolve) => setTimeout(resolve, 1100)) // a token of the same second would be too old
  equal((await call((await signIn()).result.accessToken)).status, 200, 'a new token at Graph')
})

/** enterCode approves a device code at its page, or declines it. */
async function enterCode(response, how = { sandbox_user: me.upn }) {
  const at = new URL(response.verificationUri)
  at.searchParams.set('code', response.userCode)
  for (const [k, v] of Object.entries(how)) at.searchParams.set(k, v)
  equal((await fetch(at)).status, 200, 'the page for codes')
}

await check('device code: MSAL polls until it is approved', async () => {
  let told
  const result = await publicApp().acquireTokenByDeviceCode({
    scopes: chatScopes,
    deviceCodeCallback: (response) => {
      told = response
      setTimeout(() => enterCode(response).catch((e) => console.log(String(e))), 300)
    },
  })
  equal(result.account.username, me.upn, 'username')
  equal(told.interval, 5, 'interval')
  if (!told.message.includes(told.userCode)) throw new Error(told.message)
})

await check('device code: declined is authorization_declined (AADSTS70017)', async () => {
  const e = await refused(() =>
    publicApp().acquireTokenByDeviceCode({ scopes: chatScopes, deviceCodeCallback: (r) => enterCode(r, { sandbox_answer: 'deny' }) }),
  )
  if (!/authorization_declined|AADSTS70017/.test(`${e.errorCode} ${e.errorMessage}`)) throw e
})

const form = (values) =>
  fetch(metadata.token_endpoint, { method: 'POST', body: new URLSearchParams({ client_id: place.clientId, ...values }) }).then(async (r) => ({
    status: r.status,
    ...(await r.json()),
  }))

await check('device code: polled too often is slow_down, unknown is bad_verification_code', async () => {
  const d = await (
    await fetch(metadata.device_authorization_endpoint, { method: 'POST', body: new URLSearchParams({ client_id: place.clientId, scope: 'openid' }) })
  ).json()
  const poll = (device_code) => form({ grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code })
  equal((await poll(d.device_code)).error, 'authorization_pending')
  equal((await poll(d.device_code)).error, 'slow_down')
  equal((await poll('none')).error, 'bad_verification_code')
})

await check('error body: all of its fields', async () => {
  const e = await form({ grant_type: 'refresh_token', refresh_token: 'none', scope: 'Chat.Read' })
  equal(e.status, 400, 'status')
  equal(e.error, 'invalid_grant', 'error')
  for (const k of ['error_description', 'error_codes', 'timestamp', 'trace_id', 'correlation_id', 'error_uri'])
    if (!e[k]) throw new Error(`no ${k} in ${JSON.stringify(e)}`)
})

await check('public client: a secret is refused (AADSTS700025)', async () => {
  equal((await form({ grant_type: 'refresh_token', refresh_token: 'none', client_secret: 'x' })).error_codes[0], 700025)
})

const service = await confidentialApp()
  .acquireTokenByClientCredential({ scopes: [`${graph}/.default`] })
  .catch((e) => e)

await check('client credentials: an application token with roles and no scopes', () => {
  if (service instanceof Error) throw service
  const c = claims(service.accessToken)
  equal(c.idtyp, 'app', 'idtyp')
  equal(c.scp, undefined, 'scp')
  if (!c.roles.includes('ChatMember.ReadWrite.All')) throw new Error(`roles ${c.roles}`)
})

await check('client credentials: Graph has no /me for it', async () => {
  const res = await call(service.accessToken)
  if (res.status !== 400 && res.status !== 403) throw new Error(`got ${res.status}`)
})

await check('client credentials: a wrong secret is invalid_client (AADSTS7000215)', async () => {
  const e = await refused(() => confidentialApp({ clientSecret: 'wrong' }).acquireTokenByClientCredential({ scopes: [`${graph}/.default`] }))
  equal(e.errorCode, 'invalid_client', 'code')
  if (!e.errorMessage.includes('AADSTS7000215')) throw e
})

await check('client credentials: a scope that is not .default is refused (AADSTS1002012)', async () => {
  const e = await refused(() => confidentialApp().acquireTokenByClientCredential({ scopes: [`${graph}/Chat.Read`] }))
  if (!e.errorMessage.includes('AADSTS1002012')) throw e
})

const forCompanion = await signIn()
  .then(({ app, result }) => app.acquireTokenSilent({ account: result.account, scopes: [companion.scope] }))
  .catch((e) => e)

await check('companion: the desktop gets a v2 token of its audience', () => {
  if (forCompanion instanceof Error) throw forCompanion
  const c = claims(forCompanion.accessToken)
  equal(c.aud, companion.id, 'aud')
  equal(c.azp, place.clientId, 'azp')
  equal(c.scp, 'chat.join', 'scp')
  equal(c.iss, metadata.issuer, 'iss')
  equal(c.ver, '2.0', 'ver')
})

await check('on behalf of: the companion reads Dataverse as the user', async () => {
  const r = await confidentialApp().acquireTokenOnBehalfOf({ oboAssertion: forCompanion.accessToken, scopes: [`${org}/.default`] })
  equal(claims(r.accessToken).oid, me.id, 'oid')
  const who = await call(r.accessToken, '/WhoAmI', place.dataverse)
  equal(who.status, 200, 'status')
  equal((await who.json()).UserId, me.systemuserid, 'user')
})

await check('on behalf of: a Graph token as assertion is refused (AADSTS500131)', async () => {
  const e = await refused(() => confidentialApp().acquireTokenOnBehalfOf({ oboAssertion: me.tokens.graph, scopes: [`${org}/.default`] }))
  if (!e.errorMessage.includes('AADSTS500131')) throw e
})

await check('on behalf of: a claims challenge is passed on to the desktop', async () => {
  await turn('stepup', { persons: [me.upn], value: 'dataverse' })
  try {
    const e = await refused(() => confidentialApp().acquireTokenOnBehalfOf({ oboAssertion: forCompanion.accessToken, scopes: [`${org}/.default`] }))
    if (!(e instanceof InteractionRequiredAuthError) || !e.claims) throw e
  } finally {
    await turn('reset')
  }
})

done()
