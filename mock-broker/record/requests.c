/* SPDX-License-Identifier: Apache-2.0 */
#include "mock-broker/record/requests.h"

#include <stdio.h>

#include "base/mem.h"

bool mb_seen_matches(const struct mb_seen *s, const struct mb_select *filter)
{
	const struct mb_subject subject = {
		.node = s->namesrv < 0 ? s->node.ptr : "",
		.namesrv = s->namesrv,
		.code = s->code,
		.client_id = s->client_id.len ? s->client_id.ptr : NULL,
		.ext = s->fields,
		.ext_count = s->field_count,
		.body = s->body,
	};

	return mb_select_matches(filter, &subject);
}

size_t mb_record_count(const struct mb_record *r, const struct mb_select *filter)
{
	size_t count = 0;

	for (uint64_t i = r->first; i < r->next; i++)
		count += mb_seen_matches(mb_record_at(r, i)->seen, filter);
	return count;
}

static void add(struct rmq_mock_requests *l, const struct mb_entry *e)
{
	struct rmq_mock_request *to = &l->at[l->count++];
	char room[MB_REQUEST_NAME_SIZE];

	to->seen = mb_seen_ref(e->seen);
	to->outcome = mb_outcome_ref(e->outcome);
	to->name[0] = to->response_name[0] = '\0';
	if (e->seen->kind != MB_SEEN_UNREADABLE)
		snprintf(to->name, sizeof(to->name), "%s",
			 rmqi_request_name(e->seen->code, room, sizeof(room)));
	if (e->outcome && e->outcome->code >= 0)
		snprintf(to->response_name, sizeof(to->response_name), "%s",
			 rmqi_response_name(e->outcome->code, room, sizeof(room)));
}

enum rmq_error mb_requests_new(const struct mb_record *r, const struct mb_select *filter,
			       struct rmq_mock_requests **out)
{
	size_t count = mb_record_count(r, filter);
	struct rmq_mock_requests *l = rmqi_alloc(sizeof(*l) + count * sizeof(l->at[0]));

	if (!l)
		return RMQ_ERR_NO_MEMORY;
	l->count = 0;
	l->left = r->left;
	for (uint64_t i = r->first; i < r->next && l->count < count; i++) {
		const struct mb_entry *e = mb_record_at(r, i);

		if (mb_seen_matches(e->seen, filter))
			add(l, e);
	}
	*out = l;
	return RMQ_OK;
}

void mb_requests_free(struct rmq_mock_requests *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++) {
		mb_seen_unref(l->at[i].seen);
		mb_outcome_unref(l->at[i].outcome);
	}
	rmqi_free(l);
}
