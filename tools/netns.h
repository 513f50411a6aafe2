/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TWIN_NETNS_H
#define TWIN_NETNS_H

void enter_namespace(const char *name);

#endif
