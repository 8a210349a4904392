/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resource.h - what can be allowed: kinds of things, and what is done with them.
 *
 * Immutable; thread: any.
 */
#ifndef MB_ACL_RESOURCE_H
#define MB_ACL_RESOURCE_H

/* ResourceType.java */
enum mb_resource_type {
	MB_RESOURCE_UNKNOWN,
	MB_RESOURCE_ANY,
	MB_RESOURCE_CLUSTER,
	MB_RESOURCE_NAMESPACE,
	MB_RESOURCE_TOPIC,
	MB_RESOURCE_GROUP
};

/* Action.java, a bit each. */
enum {
	MB_ACTION_UNKNOWN = 1 << 0,
	MB_ACTION_ALL = 1 << 1,
	MB_ACTION_ANY = 1 << 2,
	MB_ACTION_PUB = 1 << 3,
	MB_ACTION_SUB = 1 << 4,
	MB_ACTION_CREATE = 1 << 5,
	MB_ACTION_UPDATE = 1 << 6,
	MB_ACTION_DELETE = 1 << 7,
	MB_ACTION_GET = 1 << 8,
	MB_ACTION_LIST = 1 << 9
};

#endif
