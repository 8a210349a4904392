/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/attributes.h"

#include <string.h>

#include "base/mem.h"
#include "codec/names.h"

bool rmqi_attribute_is_legal(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f || text[i] == ',' ||
		    text[i] == '=')
			return false;
	return len > 0 && len <= RMQI_LABEL_MAX;
}

static struct rmqi_attribute *find(const struct rmqi_attributes *a, const char *name)
{
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->list[i].name + 1, name) == 0)
			return &a->list[i];
	return NULL;
}

static void drop(struct rmqi_attribute *at)
{
	rmqi_free(at->name);
	rmqi_free(at->value);
}

static bool make(const char *name, const char *value, struct rmqi_attribute *out)
{
	size_t size = strlen(name) + 2;

	out->name = rmqi_alloc(size);
	out->value = rmqi_strdup(value ? value : "");
	if (!out->name || !out->value) {
		drop(out);
		return false;
	}
	out->name[0] = value ? '+' : '-';
	rmqi_memcpy(out->name + 1, name, size - 1);
	return true;
}

static enum rmq_error add(struct rmqi_attributes *a, const struct rmqi_attribute *made)
{
	if (!a->list)
		a->list = rmqi_calloc(RMQI_ATTRIBUTES_MAX, sizeof(*a->list));
	if (!a->list)
		return RMQ_ERR_NO_MEMORY;
	if (a->count == RMQI_ATTRIBUTES_MAX)
		return RMQ_ERR_TOO_LARGE;
	a->list[a->count++] = *made;
	return RMQ_OK;
}

enum rmq_error rmqi_attributes_set(struct rmqi_attributes *a, const char *name, const char *value)
{
	struct rmqi_attribute *old = find(a, name);
	struct rmqi_attribute made;
	enum rmq_error err;

	if (!make(name, value, &made))
		return RMQ_ERR_NO_MEMORY;
	if (old) {
		drop(old);
		*old = made;
		return RMQ_OK;
	}
	err = add(a, &made);
	if (err != RMQ_OK)
		drop(&made);
	return err;
}

void rmqi_attributes_write(const struct rmqi_attributes *a, struct rmqi_buf *out)
{
	for (size_t i = 0; i < a->count; i++) {
		if (i > 0)
			rmqi_buf_add_u8(out, ',');
		rmqi_buf_add_text(out, a->list[i].name);
		if (a->list[i].name[0] == '-')
			continue;
		rmqi_buf_add_u8(out, '=');
		rmqi_buf_add_text(out, a->list[i].value);
	}
}

void rmqi_attributes_deinit(struct rmqi_attributes *a)
{
	for (size_t i = 0; i < a->count; i++)
		drop(&a->list[i]);
	rmqi_free(a->list);
	*a = (struct rmqi_attributes){0};
}
