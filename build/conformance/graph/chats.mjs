// chats checks chats, members and the view each person has of them.
import { check, equal, refused } from './check.mjs'
import { all, as, companionToken, group, graph, me, member, mine, once, others, tokenWith, users, wire } from './client.mjs'

/** fails expects a GraphError with this status and code, and returns it. */
export async function fails(work, status, code) {
  const e = await refused(work)
  if (!(e instanceof graph.GraphError)) throw e
  equal(e.statusCode, status, 'status')
  if (code) equal(e.code, code, 'code')
  if (!e.requestId || Number.isNaN(e.date.getTime())) throw new Error('the error has no request id or date')
  return e
}

const them = others.map((u) => as(u.tokens.graph))
const viewpoint = (client, id) => client.api(`/chats/${id}`).get().then((c) => c.viewpoint)

export async function chats() {
  await check('chats: PageIterator reads the whole list, each chat once', async () => {
    const rows = await all(mine, '/me/chats?$top=10')
    equal(new Set(rows.map((c) => c.id)).size, rows.length, 'ids')
    if (rows.length < 50) throw new Error(`only ${rows.length} chats`)
  })
  await check('chats: the order by newest message is kept over pages', async () => {
    const rows = await all(mine, '/me/chats?$top=7&$expand=lastMessagePreview&$orderby=lastMessagePreview/createdDateTime desc')
    const times = rows.slice(0, 60).map((c) => Date.parse(c.lastMessagePreview.createdDateTime))
    equal(times.every((t, i) => i === 0 || t <= times[i - 1]), true, 'descending')
  })
  await check('chats: a page may be short and still have a next link', async () => {
    const first = await mine.api('/me/chats').top(12).get()
    const second = await mine.api(first['@odata.nextLink']).get()
    if (second.value.length >= 12 || !second['@odata.nextLink']) throw new Error(`${second.value.length} rows`)
  })
  await check('chats: expanded members stop at 25', async () => {
    const page = await mine.api('/me/chats').top(50).expand('members').get()
    const most = Math.max(...page.value.map((c) => c.members.length))
    equal(most, 25, 'most expanded members')
    const large = page.value.find((c) => c.members.length === 25)
    const members = await all(mine, `/chats/${large.id}/members`)
    if (members.length <= 25) throw new Error('no chat has more than 25 members')
  })
  for (const [name, query] of Object.entries({
    '$top over 50': { $top: 51 }, 'ascending order': { $orderby: 'lastMessagePreview/createdDateTime asc' }, '$skip': { $skip: 5 }, '$search': { $search: 'x' },
    'a contains filter': { $filter: "contains(topic,'a')" }, 'an unknown expansion': { $expand: 'messages' },
  }))
    await check(`chats: ${name} is a 400`, () => fails(() => mine.api('/me/chats').query(query).get(), 400, 'BadRequest'))
  await check('chats: $filter by exact topic', async () => {
    await group('Filter me exactly', others[0])
    const found = await mine.api('/me/chats').filter("topic eq 'Filter me exactly'").get()
    equal(found.value.every((c) => c.topic === 'Filter me exactly') && found.value.length >= 1, true, 'topics')
  })
  await check('chats: $select keeps the chosen properties', async () => {
    const [row] = (await mine.api('/me/chats').top(1).select(['id', 'topic']).get()).value
    equal(Object.keys(row).filter((k) => !k.includes('@')).sort().join(), 'id,topic', 'properties')
  })
  await check('chats: somebody else\'s list is refused', () => fails(() => mine.api(`/users/${others[0].id}/chats`).get(), 403, 'Forbidden'))
  await check('create: a group answers 201 with the chat', async () => {
    const c = await group('Case talk', others[0], others[1])
    equal(wire.last.status, 201, 'status')
    equal(c.chatType, 'group', 'type')
    equal(c.viewpoint.lastMessageReadDateTime, '0001-01-01T00:00:00Z', 'never opened')
  })
  await check('create: the same group twice is two chats', async () => {
    if ((await group('Twice', others[0], others[1])).id === (await group('Twice', others[0], others[1])).id) throw new Error('one chat')
  })
  await check('create: the same pair twice is one chat', async () => {
    const pair = { chatType: 'oneOnOne', members: [member(me), member(others[20])] }
    const [a, b] = [await mine.api('/chats').post(pair), await mine.api('/chats').post(pair)]
    equal(a.id, b.id, 'id')
    if (!a.id.endsWith('@unq.gbl.spaces')) throw new Error(a.id)
  })
  await check('create: without the caller it is a 400', () =>
    fails(() => mine.api('/chats').post({ chatType: 'group', members: [member(others[0]), member(others[1])] }), 400, 'BadRequest'))
  await check('create: a member without roles is a 400', () =>
    fails(() => mine.api('/chats').post({ chatType: 'group', members: [member(me), { ...member(others[0]), roles: undefined }] }), 400))
  await check('get: ids may be percent-encoded', async () => {
    const c = await group('Encoded', others[0])
    equal((await mine.api(`/chats/${encodeURIComponent(c.id)}`).get()).id, c.id, 'id')
    equal((await mine.api(`/me/chats/${c.id}`).get()).id, c.id, 'under /me')
  })
  await check('get: an unknown chat is a 404', () => fails(() => mine.api('/chats/19:none@thread.v2').get(), 404, 'NotFound'))
  await check('get: a chat of others is a 403 that names the roster', async () => {
    const c = await group('Ours', others[0])
    const e = await fails(() => as(others[9].tokens.graph).api(`/chats/${c.id}`).get(), 403, 'Forbidden')
    if (!JSON.stringify(e.body).includes('AclCheckFailed')) throw new Error(e.body)
  })
  await check('rename: PATCH answers the chat and moves lastUpdatedDateTime', async () => {
    const c = await group('Old name', others[0])
    const after = await mine.api(`/chats/${c.id}`).patch({ topic: 'New name' })
    equal(after.topic, 'New name', 'topic')
    if (Date.parse(after.lastUpdatedDateTime) < Date.parse(c.lastUpdatedDateTime)) throw new Error('it went back')
  })
  await check('rename: a name with a colon is a 400', async () => {
    const c = await group('No colon', others[0])
    await fails(() => mine.api(`/chats/${c.id}`).patch({ topic: 'a:b' }), 400)
  })
}

export async function members() {
  const c = await group('Members', others[0])
  const path = `/chats/${c.id}/members`
  await check('members: each has an opaque id, roles and a person', async () => {
    const rows = await all(mine, path)
    equal(rows.length, 2, 'members')
    equal(rows[0]['@odata.type'], '#microsoft.graph.aadUserConversationMember', 'type')
    for (const r of rows) if (!r.id || !r.userId || !Array.isArray(r.roles)) throw new Error(JSON.stringify(r))
  })
  await check('members: adding answers 201 without a body, and a Location', async () => {
    const body = await mine.api(path).responseType('raw').post(member(others[2]))
    equal(body.status, 201, 'status')
    equal(await body.text(), '', 'body')
    if (!body.headers.get('location').includes('/members/')) throw new Error('no Location')
  })
  await check('members: without history nothing earlier is seen, with it everything', async () => {
    const chat = await group('History', others[0])
    await mine.api(`/chats/${chat.id}/messages`).post({ body: { content: 'before' } })
    await mine.api(`/chats/${chat.id}/members`).post(member(others[3]))
    await mine.api(`/chats/${chat.id}/members`).post(member(others[4], { visibleHistoryStartDateTime: '0001-01-01T00:00:00Z' }))
    const seen = async (u) => (await all(as(u.tokens.graph), `/chats/${chat.id}/messages`)).some((m) => m.body.content.includes('before'))
    equal(await seen(others[3]), false, 'without')
    equal(await seen(others[4]), true, 'with')
  })
  await check('members: twice the same is a conflict', () => fails(() => mine.api(path).post(member(others[2])), 409))
  await check('members: nobody is added to a 1:1 chat', async () => {
    const pair = await mine.api('/chats').post({ chatType: 'oneOnOne', members: [member(me), member(others[1])] })
    await fails(() => mine.api(`/chats/${pair.id}/members`).post(member(others[2])), 400)
  })
  await check('members: removing answers 204, and the chat is closed to them', async () => {
    const row = (await all(mine, path)).find((m) => m.userId === others[2].id)
    await mine.api(`${path}/${row.id}`).delete()
    equal(wire.last.status, 204, 'status')
    await fails(() => them[2].api(`/chats/${c.id}`).get(), 403)
  })
  await check('members: query options are refused', () => fails(() => mine.api(path).top(1).get(), 400))
  await check('application: adds a member, and the chat says which application', async () => {
    const app = as(await companionToken())
    await app.api(path).post(member(others[5], { visibleHistoryStartDateTime: '0001-01-01T00:00:00Z' }))
    const [m] = (await mine.api(`/chats/${c.id}/messages`).header('Prefer', 'include-unknown-enum-members').top(1).get()).value
    equal(m.messageType, 'systemEventMessage', 'type')
    equal(m.from, null, 'from')
    equal(m.eventDetail['@odata.type'], '#microsoft.graph.membersAddedEventMessageDetail', 'event')
    equal(m.eventDetail.initiator.application.id, '5b1f2c7e-9d3a-4c86-a1e4-0c0ffee0cafe', 'application')
    equal(m.eventDetail.initiator.user, null, 'user')
    equal(m.eventDetail.visibleHistoryStartDateTime, '0001-01-01T00:00:00Z', 'history')
  })
  await check('application: reads chat and members', async () => {
    const app = as(await companionToken())
    equal((await app.api(`/chats/${c.id}`).get()).topic, 'Members', 'topic')
    equal((await all(app, path)).length, 3, 'members')
  })
  await check('application: cannot send, nor be /me', async () => {
    const app = as(await companionToken())
    await fails(() => app.api(`/chats/${c.id}/messages`).post({ body: { content: 'x' } }), 403, 'Forbidden')
    await fails(() => app.api('/me').get(), 400, 'BadRequest')
  })
}

export async function views() {
  const c = await group('Views', others[0])
  const id = others[0].id
  const user = { user: { id, tenantId: users[0].tenantId } }
  await mine.api(`/chats/${c.id}/messages`).post({ body: { content: 'unread' } })
  await check('view: reading messages marks nothing as read', async () => {
    await them[0].api(`/chats/${c.id}/messages`).get()
    equal((await viewpoint(them[0], c.id)).lastMessageReadDateTime, '0001-01-01T00:00:00Z', 'read')
  })
  await check('view: markChatReadForUser moves the own viewpoint only', async () => {
    await them[0].api(`/chats/${c.id}/markChatReadForUser`).post(user)
    equal(wire.last.status, 204, 'status')
    if ((await viewpoint(them[0], c.id)).lastMessageReadDateTime.startsWith('0001')) throw new Error('not moved')
  })
  await check('view: markChatUnreadForUser sets it back to a time', async () => {
    await them[0].api(`/chats/${c.id}/markChatUnreadForUser`).post({ ...user, lastMessageReadDateTime: '2026-01-02T03:04:05.5Z' })
    equal((await viewpoint(them[0], c.id)).lastMessageReadDateTime, '2026-01-02T03:04:05.5Z', 'read')
  })
  await check('view: hide and unhide, and a new message unhides', async () => {
    await them[0].api(`/chats/${c.id}/hideForUser`).post(user)
    equal((await viewpoint(them[0], c.id)).isHidden, true, 'hidden')
    await them[0].api(`/chats/${c.id}/unhideForUser`).post(user)
    equal((await viewpoint(them[0], c.id)).isHidden, false, 'unhidden')
    await them[0].api(`/chats/${c.id}/hideForUser`).post(user)
    await mine.api(`/chats/${c.id}/messages`).post({ body: { content: 'hello again' } })
    equal((await viewpoint(them[0], c.id)).isHidden, false, 'after a message')
  })
  await check('view: another person\'s is refused', () => fails(() => mine.api(`/chats/${c.id}/markChatReadForUser`).post(user), 403))
}

export async function scopes() {
  const c = await group('Scopes', others[0])
  const sent = await mine.api(`/chats/${c.id}/messages`).post({ body: { content: 'x' } })
  const rows = [
    ['Chat.ReadBasic', 'reads messages', (x) => x.api(`/chats/${c.id}/messages`).get()],
    ['Chat.Read', 'renames', (x) => x.api(`/chats/${c.id}`).patch({ topic: 'x' })],
    ['Chat.Read', 'sends', (x) => x.api(`/chats/${c.id}/messages`).post({ body: { content: 'x' } })],
    ['Chat.ReadWrite', 'removes members', (x) => x.api(`/chats/${c.id}/members/x`).delete()],
    ['ChatMessage.Send', 'edits', (x) => x.api(`/chats/${c.id}/messages/${sent.id}`).patch({ body: { content: 'y' } })],
    ['Chat.ReadWrite', 'quotes', (x) => x.api(`/chats/${c.id}/messages/replyWithQuote`).post({ messageIds: [sent.id], replyMessage: { body: { content: 'q' } } })],
    ['Chat.ReadWrite', 'reads presence', (x) => x.api('/communications/getPresencesByUserId').post({ ids: [me.id] })],
    ['User.Read', 'searches people', (x) => x.api('/users').header('ConsistencyLevel', 'eventual').search('"displayName:a"').get()],
    ['Chat.ReadWrite', 'lists teams', (x) => x.api('/me/joinedTeams').get()],
    ['Files.Read', 'uploads', (x) => x.api('/me/drive/root:/x.txt:/content').put('x')],
    ['Channel.ReadBasic.All', 'reads a channel', (x) => x.api('/teams/x/channels/y/messages').get()],
  ]
  for (const [scope, what, call] of rows)
    await check(`scopes: with ${scope} alone nobody ${what}`, async () => {
      const client = as(await tokenWith(me, scope))
      const e = await fails(() => call(client), 403, 'Forbidden')
      if (!e.message.includes('Missing scope permissions')) throw e
    })
  await check('scopes: Chat.ReadBasic lists chats, Chat.Read their messages', async () => {
    await as(await tokenWith(me, 'Chat.ReadBasic')).api('/me/chats').top(1).get()
    await as(await tokenWith(me, 'Chat.Read')).api(`/chats/${c.id}/messages`).get()
  })
  await check('errors: no token is a 401 InvalidAuthenticationToken', async () => {
    await fails(() => as('nonsense').api('/me').get(), 401, 'InvalidAuthenticationToken')
    if (!wire.last.headers.get('www-authenticate')) throw new Error('no challenge')
  })
  await check('errors: an unknown path is a 400 that names the segment', async () => {
    const e = await fails(() => mine.api('/me/banana').get(), 400, 'BadRequest')
    if (!e.message.includes('banana')) throw e
  })
  await check('errors: a wrong method is a 405', () => fails(() => mine.api('/me/chats').middlewareOptions(once).put({}), 405))
}
