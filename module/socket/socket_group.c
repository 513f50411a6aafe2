// SPDX-License-Identifier: GPL-2.0
/*
 * IP_MSFILTER and MCAST_MSFILTER: the whole source filter of one membership at
 * once (RFC 3678 section 4.2), both ways.
 */
#include <linux/in.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/sockptr.h>
#include "../ip/multicast.h"
#include "socket.h"

/* More sources than this cannot be counted in the length of an option. */
#define TWIN_GROUP_SOURCES_COUNTABLE	0x1ffffffU

/*
 * struct twin_group_filter - a filter as either option has it
 * @key: group and device
 * @mode: MCAST_INCLUDE or MCAST_EXCLUDE
 * @count: sources given, or room for so many
 * @foreign: the group is an address of another family
 */
struct twin_group_filter {
	struct twin_group_key key;
	u32 mode;
	u32 count;
	bool foreign;
};

static size_t twin_group_header_bytes(int option)
{
	return option == IP_MSFILTER ? IP_MSFILTER_SIZE(0) :
				       GROUP_FILTER_SIZE(0);
}

static size_t twin_group_source_bytes(int option)
{
	return option == IP_MSFILTER ? sizeof(__be32) :
				       sizeof(struct __kernel_sockaddr_storage);
}

static int twin_group_address(const struct __kernel_sockaddr_storage *from,
			      __be32 *addr)
{
	const struct sockaddr_in *sin = (const struct sockaddr_in *)from;

	if (sin->sin_family != AF_INET)
		return -EADDRNOTAVAIL;
	*addr = sin->sin_addr.s_addr;
	return 0;
}

static int twin_group_read_ip(struct twin_group_filter *filter,
			      sockptr_t value)
{
	struct ip_msfilter head;

	if (copy_from_sockptr(&head, value, IP_MSFILTER_SIZE(0)))
		return -EFAULT;
	filter->key.group = head.imsf_multiaddr;
	filter->key.local = head.imsf_interface;
	filter->mode = head.imsf_fmode;
	filter->count = head.imsf_numsrc;
	return 0;
}

static int twin_group_read_any(struct twin_group_filter *filter,
			       sockptr_t value)
{
	struct group_filter head;

	if (copy_from_sockptr(&head, value, GROUP_FILTER_SIZE(0)))
		return -EFAULT;
	filter->key.ifindex = head.gf_interface;
	filter->mode = head.gf_fmode;
	filter->count = head.gf_numsrc;
	filter->foreign = twin_group_address(&head.gf_group,
					     &filter->key.group);
	return 0;
}

static int twin_group_read(struct twin_group_filter *filter, int option,
			   sockptr_t value, unsigned int len)
{
	memset(filter, 0, sizeof(*filter));
	if (len < twin_group_header_bytes(option))
		return -EINVAL;
	return option == IP_MSFILTER ? twin_group_read_ip(filter, value) :
				       twin_group_read_any(filter, value);
}

static int twin_group_read_source(int option, sockptr_t value, u32 index,
				  __be32 *source)
{
	size_t offset = twin_group_header_bytes(option) +
			index * twin_group_source_bytes(option);
	struct __kernel_sockaddr_storage storage;

	if (option == IP_MSFILTER)
		return copy_from_sockptr_offset(source, value, offset,
						sizeof(*source)) ? -EFAULT : 0;
	if (copy_from_sockptr_offset(&storage, value, offset, sizeof(storage)))
		return -EFAULT;
	return twin_group_address(&storage, source);
}

static int twin_group_read_sources(int option, sockptr_t value, __be32 *sources,
				   u32 count)
{
	u32 i;
	int err;

	for (i = 0; i < count; i++) {
		err = twin_group_read_source(option, value, i, &sources[i]);
		if (err)
			return err;
	}
	return 0;
}

static int twin_group_check(const struct sock *sk, int option,
			    const struct twin_group_filter *filter,
			    unsigned int len)
{
	const struct twin_conf *conf = &twin_sk(sk)->flow.tn->conf;

	if (filter->count >= TWIN_GROUP_SOURCES_COUNTABLE ||
	    filter->count > (u32)READ_ONCE(conf->igmp_max_msf))
		return -ENOBUFS;
	if (twin_group_header_bytes(option) +
	    filter->count * twin_group_source_bytes(option) > len)
		return -EINVAL;
	if (filter->foreign)
		return -EADDRNOTAVAIL;
	if (filter->mode != MCAST_INCLUDE && filter->mode != MCAST_EXCLUDE)
		return -EINVAL;
	return 0;
}

static struct twin_source_list *
twin_group_make_list(const struct twin_group_filter *filter, int option,
		     sockptr_t value)
{
	struct twin_source_list *list = NULL;
	__be32 *sources;
	int err;

	sources = kcalloc(filter->count, sizeof(*sources), GFP_KERNEL);
	if (!sources)
		return ERR_PTR(-ENOMEM);
	err = twin_group_read_sources(option, value, sources, filter->count);
	if (!err) {
		list = twin_source_list_make(filter->mode == MCAST_INCLUDE,
					     sources, filter->count);
		err = list ? 0 : -ENOMEM;
	}
	kfree(sources);
	return err ? ERR_PTR(err) : list;
}

/**
 * twin_socket_set_group_filter() - IP_MSFILTER or MCAST_MSFILTER are set
 * @sk: socket of any type
 * @option: which of them
 * @value: argument
 * @len: its length in bytes
 *
 * RFC: 3678 section 4.2.2, 5.2.2
 * Context: Process, no lock held; takes RTNL.
 * Return: 0 or the errno that AF_INET gives.
 */
int twin_socket_set_group_filter(struct sock *sk, int option, sockptr_t value,
				 unsigned int len)
{
	struct twin_group_filter filter;
	struct twin_source_list *list;
	int err;

	err = twin_group_read(&filter, option, value, len);
	if (!err)
		err = twin_group_check(sk, option, &filter, len);
	if (err)
		return err;
	list = twin_group_make_list(&filter, option, value);
	if (IS_ERR(list))
		return PTR_ERR(list);
	rtnl_lock();
	err = twin_multicast_set_filter(twin_sk(sk), &filter.key, list);
	rtnl_unlock();
	return err;
}

static int twin_group_write_source(int option, sockptr_t value, u32 index,
				   __be32 source)
{
	size_t offset = twin_group_header_bytes(option) +
			index * twin_group_source_bytes(option);
	struct __kernel_sockaddr_storage storage = {};
	struct sockaddr_in *sin = (struct sockaddr_in *)&storage;

	if (option == IP_MSFILTER)
		return copy_to_sockptr_offset(value, offset, &source,
					      sizeof(source)) ? -EFAULT : 0;
	sin->sin_family = AF_INET;
	sin->sin_addr.s_addr = source;
	return copy_to_sockptr_offset(value, offset, &storage,
				      sizeof(storage)) ? -EFAULT : 0;
}

/* Mode and count, which stand side by side in both structs. */
static int twin_group_write_head(int option, sockptr_t value,
				 const struct twin_source_list *list)
{
	size_t offset = option == IP_MSFILTER ?
			offsetof(struct ip_msfilter, imsf_fmode) :
			offsetof(struct group_filter, gf_fmode);
	u32 head[2] = {
		list->include ? MCAST_INCLUDE : MCAST_EXCLUDE,
		list->count,
	};

	return copy_to_sockptr_offset(value, offset, head, sizeof(head)) ?
		-EFAULT : 0;
}

static int twin_group_write(int option, sockptr_t value, sockptr_t len,
			    const struct twin_source_list *list, u32 room)
{
	u32 i, count = min(list->count, room);
	int err, bytes;

	err = twin_group_write_head(option, value, list);
	for (i = 0; i < count && !err; i++)
		err = twin_group_write_source(option, value, i,
					      list->sources[i]);
	if (err)
		return err;
	bytes = twin_group_header_bytes(option) +
		count * twin_group_source_bytes(option);
	return copy_to_sockptr(len, &bytes, sizeof(bytes)) ? -EFAULT : 0;
}

/* A copy: access to the program's memory may take long; RTNL must not wait for it. */
static struct twin_source_list *
twin_group_copy_filter(struct twin_sock *ts, const struct twin_group_key *key)
{
	const struct twin_source_list *list;
	struct twin_source_list *copy;

	rtnl_lock();
	list = twin_multicast_get_filter(ts, key);
	if (IS_ERR(list)) {
		copy = ERR_CAST(list);
	} else {
		copy = kmemdup(list, struct_size(list, sources, list->count),
			       GFP_KERNEL);
		if (!copy)
			copy = ERR_PTR(-ENOMEM);
	}
	rtnl_unlock();
	return copy;
}

/**
 * twin_socket_get_group_filter() - IP_MSFILTER or MCAST_MSFILTER are asked for
 * @sk: socket of any type
 * @option: which of them
 * @value: in: group, device and room for sources; out: mode and sources
 * @len: its length in bytes, then what was filled in
 *
 * RFC: 3678 section 4.2.2, 5.2.2
 * Context: Process, no lock held; takes RTNL.
 * Return: 0 or the errno that AF_INET gives.
 */
int twin_socket_get_group_filter(struct sock *sk, int option,
				 char __user *value, int __user *len)
{
	struct twin_group_filter filter;
	struct twin_source_list *list;
	int room, err;

	if (get_user(room, len))
		return -EFAULT;
	if (room < 0)
		return -EINVAL;
	err = twin_group_read(&filter, option, USER_SOCKPTR(value), room);
	if (err)
		return err;
	if (filter.foreign)
		return -EINVAL;
	/* told are as many as there is room for, whatever the program says */
	filter.count = min_t(u32, filter.count,
			     (room - twin_group_header_bytes(option)) /
			     twin_group_source_bytes(option));
	list = twin_group_copy_filter(twin_sk(sk), &filter.key);
	if (IS_ERR(list))
		return PTR_ERR(list);
	err = twin_group_write(option, USER_SOCKPTR(value), USER_SOCKPTR(len),
			       list, filter.count);
	kfree(list);
	return err;
}
