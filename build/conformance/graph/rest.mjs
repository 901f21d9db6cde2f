// rest checks people, teams, files, search, batches and subscriptions.
import { createDecipheriv, createHmac, createVerify, privateDecrypt, constants } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check, claims, equal, place } from './check.mjs'
import { all, as, graph, group, me, mine, once, origin, others, users, wire } from './client.mjs'
import { fails } from './chats.mjs'

export async function people() {
  await check('people: $search needs ConsistencyLevel', async () => {
    await fails(() => mine.api('/users').search('"displayName:okoro"').get(), 400, 'Request_UnsupportedQuery')
    const found = await mine.api('/users').header('ConsistencyLevel', 'eventual').search('"displayName:okoro" OR "mail:nora"').count(true).select('id,displayName').get()
    equal(found['@odata.count'], 2, 'count')
  })
  await check('people: a filter by the beginning of a name', async () => {
    const found = await mine.api('/users').filter("startswith(displayName,'Samuel')").get()
    equal(found.value.length, 1, 'people')
  })
  await check('people: PageIterator reads the directory', async () => equal((await all(mine, '/users?$top=9')).length, users.length, 'people'))
  await check('people: relevant people come in order, with addresses', async () => {
    const rows = (await mine.api('/me/people').top(5).get()).value
    equal(rows.length, 5, 'people')
    if (!rows[0].scoredEmailAddresses[0].address) throw new Error('no address')
  })
  await check('people: presence of many, and an unknown one', async () => {
    const rows = (await mine.api('/communications/getPresencesByUserId').post({ ids: [me.id, others[0].id, '00000000-0000-4000-8000-000000000000'] })).value
    equal(rows[2].availability, 'PresenceUnknown', 'unknown')
    equal((await mine.api('/me/presence').get()).id, me.id, 'mine')
    await fails(() => mine.api('/communications/getPresencesByUserId').post({ ids: Array(651).fill('x') }), 400)
  })
  await check('people: photos in sizes, 404 without one', async () => {
    const png = await mine.api(`/users/${me.id}/photos/48x48/$value`).responseType('arraybuffer').get()
    equal(Buffer.from(png).readUInt32BE(16), 48, 'width')
    await fails(() => mine.api(`/users/${users[3].id}/photo/$value`).get(), 404, 'ImageNotFound')
  })
  await check('search: messages by words, of the caller\'s chats only', async () => {
    const c = await group('Search', others[0])
    const m = await mine.api(`/chats/${c.id}/messages`).post({ body: { content: 'the quince harvest report' } })
    const query = (client, queryString, more = {}) => client.api('/search/query').post({ requests: [{ entityTypes: ['chatMessage'], query: { queryString }, from: 0, size: 25, ...more }] })
    const [box] = (await query(mine, 'quince harvest')).value[0].hitsContainers
    equal(box.hits[0].resource.id, m.id, 'hit')
    equal(box.hits[0].resource.chatId, c.id, 'chat')
    equal((await query(as(others[9].tokens.graph), 'quince harvest')).value[0].hitsContainers[0].total, 0, 'of others')
    await fails(() => query(mine, 'x', { size: 26 }), 400)
  })
}

export async function teams() {
  const list = await all(mine, '/me/joinedTeams')
  const team = list[0]
  const channels = await all(mine, `/teams/${team.id}/channels`)
  const standard = channels.find((c) => c.membershipType === 'standard')
  const at = `/teams/${team.id}/channels/${standard.id}`
  await check('teams: three, each with standard, private and shared channels', async () => {
    equal(list.length, 3, 'teams')
    for (const t of list) {
      const kinds = (await all(mine, `/teams/${t.id}/channels`)).map((c) => c.membershipType)
      for (const k of ['standard', 'private', 'shared']) if (!kinds.includes(k)) throw new Error(`${t.displayName} has no ${k} channel`)
    }
  })
  await check('channels: one, its members and its folder', async () => {
    equal((await mine.api(at).get()).displayName, standard.displayName, 'name')
    if ((await all(mine, `${at}/members`)).length < 20) throw new Error('few members')
    equal((await mine.api(`${at}/filesFolder`).get()).name, standard.displayName, 'folder')
  })
  await check('channels: posts with their replies, the latest thread first', async () => {
    const rows = await all(mine, `${at}/messages?$top=4&$expand=replies`)
    const active = rows.map((p) => Math.max(Number(p.id), ...p.replies.map((r) => Number(r.id))))
    equal(active.every((t, i) => i === 0 || t <= active[i - 1]), true, 'order')
    equal(rows[0].channelIdentity.channelId, standard.id, 'channel')
    equal(rows[0].chatId, null, 'chat')
  })
  await check('channels: $top over 50 and $filter are a 400', async () => {
    await fails(() => mine.api(`${at}/messages`).top(51).get(), 400)
    await fails(() => mine.api(`${at}/messages`).filter('lastModifiedDateTime gt 2026-01-01T00:00:00Z').get(), 400)
  })
  await check('channels: post, reply, react, delete', async () => {
    const post = await mine.api(`${at}/messages`).post({ subject: 'News', body: { content: 'post' } })
    const reply = await as(others[0].tokens.graph).api(`${at}/messages/${post.id}/replies`).post({ body: { content: 'reply' } })
    equal(reply.replyToId, post.id, 'replyToId')
    const replies = await all(mine, `${at}/messages/${post.id}/replies`)
    equal(replies.map((r) => r.id).join(), reply.id, 'replies')
    await mine.api(`${at}/messages/${post.id}/replies/${reply.id}/setReaction`).post({ reactionType: '👍' })
    await mine.api(`${at}/messages/${post.id}/softDelete`).post({})
    const gone = await mine.api(`${at}/messages/${post.id}`).get()
    if (!gone.deletedDateTime || gone.subject !== 'News') throw new Error(JSON.stringify(gone))
  })
  await check('channels: delta gives what changed since, without replies', async () => {
    const it = new graph.PageIterator(mine, await mine.api(`${at}/messages/delta`).top(10).get(), () => true)
    await it.iterate()
    const post = await mine.api(`${at}/messages`).post({ body: { content: 'for delta' } })
    await mine.api(`${at}/messages/${post.id}/replies`).post({ body: { content: 'not for delta' } })
    equal((await mine.api(it.getDeltaLink()).get()).value.map((m) => m.id).join(), post.id, 'changed')
  })
  await check('channels: a new one, its name only once', async () => {
    const name = `Project ${Date.now()}`
    const c = await mine.api(`/teams/${team.id}/channels`).post({ displayName: name, membershipType: 'standard' })
    equal(wire.last.status, 201, 'status')
    equal(c.membershipType, 'standard', 'type')
    await fails(() => mine.api(`/teams/${team.id}/channels`).post({ displayName: name }), 400)
  })
  await check('channels: a private one of others is a 403, a team of others too', async () => {
    const guest = as(users.find((u) => u.role === 'guest').tokens.graph)
    await fails(() => guest.api(`/teams/${list[1].id}`).get(), 403)
    await fails(() => mine.api('/teams/00000000-0000-4000-8000-000000000000/channels').get(), 404)
  })
}

export async function files() {
  const bytes = new Uint8Array(3 * 327680 + 1234).map((_, i) => i % 251)
  const session = (name, behavior = 'rename') =>
    graph.LargeFileUploadTask.createUploadSession(mine, `/me/drive/root:/Microsoft Teams Chat Files/${name}:/createUploadSession`, { item: { '@microsoft.graph.conflictBehavior': behavior, name } })
  const task = (s, options = { rangeSize: 327680 }, content = bytes) => new graph.LargeFileUploadTask(mine, new graph.FileUpload(content, 'x', content.byteLength), s, options)
  await check('files: LargeFileUploadTask uploads in pieces', async () => {
    const done = await task(await session('large.bin')).upload()
    equal(done.responseBody.size, bytes.length, 'size')
    const back = await mine.api(`/me/drive/items/${done.responseBody.id}/content`).responseType('arraybuffer').get()
    equal(Buffer.compare(Buffer.from(back), Buffer.from(bytes)), 0, 'content')
  })
  await check('files: OneDriveLargeFileUploadTask renames what is there', async () => {
    const make = () => graph.OneDriveLargeFileUploadTask.createTaskWithFileObject(mine, new graph.FileUpload(bytes, 'twice.bin', bytes.length), { path: '/Documents', fileName: 'twice.bin', rangeSize: 655360, conflictBehavior: 'rename' })
    await (await make()).upload()
    equal((await (await make()).upload()).responseBody.name, 'twice 1.bin', 'name')
  })
  await check('files: an upload is resumed where it stopped', async () => {
    const s = await session('resumed.bin')
    const first = task(s)
    await first.uploadSlice(bytes.slice(0, 327680), new graph.Range(0, 327679), bytes.length)
    equal((await first.getStatus()).nextExpectedRanges[0], '327680-', 'next')
    equal((await task(s).resume()).responseBody.size, bytes.length, 'size')
  })
  await check('files: a cancelled upload is gone', async () => {
    const t = task(await session('cancelled.bin'))
    await t.cancel()
    equal(t.getUploadSession().isCancelled, true, 'cancelled')
    await fails(() => t.getStatus(), 404, 'itemNotFound')
  })
  await check('files: a piece that is no multiple of 320 KiB is refused, one twice is a 416', async () => {
    const t = task(await session('pieces.bin'))
    await fails(() => t.uploadSlice(bytes.slice(0, 1000), new graph.Range(0, 999), bytes.length), 400)
    await t.uploadSlice(bytes.slice(0, 327680), new graph.Range(0, 327679), bytes.length)
    await fails(() => t.uploadSlice(bytes.slice(0, 327680), new graph.Range(0, 327679), bytes.length), 416)
  })
  await check('files: a name that is taken is a 409 with "fail"', async () => {
    await mine.api('/me/drive/root:/taken.txt:/content').put('x')
    await fails(() => mine.api('/me/drive/root:/taken.txt:/createUploadSession').post({ item: { '@microsoft.graph.conflictBehavior': 'fail' } }), 409, 'nameAlreadyExists')
  })
  await check('files: share with the members and send as a reference', async () => {
    const c = await group('Files', others[0])
    const item = await mine.api('/me/drive/root:/Microsoft Teams Chat Files/Report 1.txt:/content').put('the report')
    const other = as(others[0].tokens.graph)
    const theirs = `/drives/${item.parentReference.driveId}/items/${item.id}`
    await fails(() => other.api(theirs).get(), 403, 'accessDenied')
    const [p] = (await mine.api(`/me/drive/items/${item.id}/invite`).post({ recipients: [{ objectId: others[0].id }], requireSignIn: true, sendInvitation: false, roles: ['read'] })).value
    equal(p.roles.join(), 'read', 'roles')
    equal((await other.api(theirs).get()).name, 'Report 1.txt', 'name')
    const id = /\{([^}]+)\}/.exec(item.eTag)[1]
    const m = await mine.api(`/chats/${c.id}/messages`).post({ body: { contentType: 'html', content: `<attachment id="${id}"></attachment>` }, attachments: [{ id, contentType: 'reference', contentUrl: item.webUrl, name: item.name }] })
    equal(m.attachments[0].contentType, 'reference', 'attachment')
  })
  await check('files: an unknown item is a 404', () => fails(() => mine.api('/me/drive/items/nothing').get(), 404, 'itemNotFound'))
}

export async function batches() {
  const c = await group('Batch', others[0])
  const ask = (path, init) => new Request(`${origin}${path}`, init)
  const post = (content) => ({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ body: { content } }) })
  const run = async (steps) => new graph.BatchResponseContent(await mine.api('/$batch').post(await new graph.BatchRequestContent(steps).getContent()))
  await check('batch: twenty requests, each with its own answer', async () => {
    const answers = await run(Array.from({ length: 20 }, (_, i) => ({ id: String(i), request: ask(i % 2 ? '/me' : `/chats/${encodeURIComponent(c.id)}?$expand=members`) })))
    for (let i = 0; i < 20; i++) equal(answers.getResponseById(String(i)).status, 200, `status of ${i}`)
    equal((await answers.getResponseById('1').json()).id, me.id, 'me')
  })
  await check('batch: what depends on a failure is a 424', async () => {
    const answers = await run([
      { id: '1', request: ask('/chats/19%3Anone%40thread.v2') },
      { id: '2', request: ask(`/chats/${c.id}/messages`, post('never sent')), dependsOn: ['1'] },
      { id: '3', request: ask('/me'), dependsOn: ['2'] },
    ])
    equal(['1', '2', '3'].map((i) => answers.getResponseById(i).status).join(), '404,424,424', 'statuses')
  })
  await check('batch: requests in sequence see what the one before did', async () => {
    const answers = await run([{ id: '1', request: ask(`/chats/${c.id}/messages`, post('in a batch')) }, { id: '2', request: ask(`/chats/${c.id}/messages?$top=1`), dependsOn: ['1'] }])
    equal((await answers.getResponseById('2').json()).value[0].body.content, 'in a batch', 'newest')
  })
  await check('batch: one item can be throttled alone, with its Retry-After', async () => {
    const { turn } = await import('./check.mjs')
    await turn('throttle', { match: 'graph GET /me$', times: 1, millis: 5000 })
    const answers = await run([{ id: '1', request: ask('/me') }, { id: '2', request: ask('/me/joinedTeams') }])
    equal(answers.getResponseById('1').status, 429, 'status')
    equal(answers.getResponseById('1').headers.get('retry-after'), '5', 'Retry-After')
    equal(answers.getResponseById('2').status, 200, 'the other')
  })
  await check('batch: twenty-one are a 400', () =>
    fails(() => mine.api('/$batch').post({ requests: Array.from({ length: 21 }, (_, i) => ({ id: String(i), method: 'GET', url: '/me' })) }), 400))
}

/** hook listens for notifications on loopback. */
async function hook(validates = true) {
  const got = []
  const server = createServer((req, res) => {
    const token = new URL(req.url, 'http://x').searchParams.get('validationToken')
    if (token !== null) return res.writeHead(200, { 'content-type': 'text/plain' }).end(validates ? token : 'no')
    let text = ''
    req.on('data', (d) => (text += d)).on('end', () => {
      got.push(JSON.parse(text))
      res.writeHead(202).end()
    })
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const next = async (holds) => {
    for (let i = 0; i < 100; i++) {
      const found = got.find(holds)
      if (found) return found
      await new Promise((done) => setTimeout(done, 50))
    }
    throw new Error(`no such notification in ${JSON.stringify(got).slice(0, 200)}`)
  }
  return { url: `http://127.0.0.1:${server.address().port}/hook`, next, close: () => server.close() }
}

export async function subscriptions() {
  const c = await group('Subscriptions', others[0], others[1])
  const h = await hook()
  const soon = (minutes) => new Date(Date.now() + minutes * 60000).toISOString()
  const want = (more) => ({ changeType: 'created,updated', resource: `/chats/${c.id}/messages`, notificationUrl: h.url, lifecycleNotificationUrl: h.url, expirationDateTime: soon(30), clientState: 'secret', ...more })
  await check('subscriptions: an address that does not prove itself is refused', async () => {
    const bad = await hook(false)
    await fails(() => mine.api('/subscriptions').post(want({ notificationUrl: bad.url })), 400, 'ValidationError')
    bad.close()
  })
  await check('subscriptions: another machine is refused', () => fails(() => mine.api('/subscriptions').post(want({ notificationUrl: 'https://example.com/x' })), 400))
  await check('subscriptions: over 3 days, or over an hour without a lifecycle address, is refused', async () => {
    await fails(() => mine.api('/subscriptions').post(want({ expirationDateTime: soon(4321) })), 400)
    await fails(() => mine.api('/subscriptions').post(want({ expirationDateTime: soon(90), lifecycleNotificationUrl: undefined })), 400)
  })
  const s = await mine.api('/subscriptions').post(want({}))
  await check('subscriptions: a message is told with its address and the client\'s secret', async () => {
    const m = await mine.api(`/chats/${c.id}/messages`).post({ body: { content: 'notify' } })
    const n = (await h.next((x) => x.value[0].resourceData?.id === m.id && x.value[0].changeType === 'created')).value[0]
    equal(n.clientState, 'secret', 'clientState')
    equal(n.subscriptionId, s.id, 'subscription')
    equal(n.resource, `chats('${c.id}')/messages('${m.id}')`, 'resource')
  })
  await check('subscriptions: one for each app, person and chat (403)', () => fails(() => mine.api('/subscriptions').post(want({})), 403))
  await check('subscriptions: listed, renewed, unknown to others', async () => {
    if (!(await all(mine, '/subscriptions')).some((x) => x.id === s.id)) throw new Error('not listed')
    const at = soon(600)
    equal((await mine.api(`/subscriptions/${s.id}`).patch({ expirationDateTime: at })).expirationDateTime, at.replace(/\.?0*Z$/, 'Z'), 'expiry')
    await fails(() => as(others[0].tokens.graph).api(`/subscriptions/${s.id}`).get(), 404, 'ResourceNotFound')
  })
  await check('subscriptions: whoever leaves the chat is told that theirs is removed', async () => {
    const other = as(others[1].tokens.graph)
    const theirs = await other.api('/subscriptions').post(want({}))
    const row = (await all(mine, `/chats/${c.id}/members`)).find((m) => m.userId === others[1].id)
    await mine.api(`/chats/${c.id}/members/${row.id}`).delete()
    await h.next((x) => x.value[0].lifecycleEvent === 'subscriptionRemoved' && x.value[0].subscriptionId === theirs.id)
    await fails(() => other.api(`/subscriptions/${theirs.id}`).get(), 404)
  })
  await check('subscriptions: resource data is encrypted as documented', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'hook-'))
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', join(dir, 'k.pem'), '-out', join(dir, 'c.pem'), '-days', '2', '-subj', '/CN=hook'], { stdio: 'ignore' })
    const key = readFileSync(join(dir, 'k.pem'))
    const certificate = readFileSync(join(dir, 'c.pem'), 'utf8').replace(/-----[^-]+-----|\s/g, '')
    rmSync(dir, { recursive: true })
    await mine.api(`/subscriptions/${s.id}`).delete()
    await mine.api('/subscriptions').post(want({ includeResourceData: true, encryptionCertificate: certificate, encryptionCertificateId: 'c1' }))
    const m = await mine.api(`/chats/${c.id}/messages`).post({ body: { content: 'sealed words' } })
    const n = await h.next((x) => x.value[0].encryptedContent && x.value[0].resourceData.id === m.id)
    const e = n.value[0].encryptedContent
    const secret = privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING }, Buffer.from(e.dataKey, 'base64'))
    equal(createHmac('sha256', secret).update(Buffer.from(e.data, 'base64')).digest('base64'), e.dataSignature, 'signature')
    const cipher = createDecipheriv('aes-256-cbc', secret, secret.subarray(0, 16))
    const data = JSON.parse(Buffer.concat([cipher.update(Buffer.from(e.data, 'base64')), cipher.final()]).toString())
    equal(data.body.content, 'sealed words', 'content')
    const c1 = claims(n.validationTokens[0])
    equal(c1.aud, place.clientId, 'aud')
    equal(c1.azp, '0bf30f3b-4a52-48df-9a82-234910c4a086', 'azp')
  })
  h.close()
}
