"""Upstream's C++ metadata store, from the official wheel, behind gRPC: what our client is tested against.

Every call of the service is passed to the store as bytes. The store is in memory, and /mlmd_reference.Reference/Reset
replaces it with an empty one. Three calls that the wheel's extension does not have are answered from others or refused.
"""
import argparse
import threading
from concurrent import futures

import grpc
from ml_metadata.metadata_store.pywrap.metadata_store_extension import metadata_store as store_api
from ml_metadata.proto import metadata_store_pb2, metadata_store_service_pb2 as service

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)
args = parser.parse_args()

CODES = {code.value[0]: code for code in grpc.StatusCode}
lock = threading.Lock()  # the store in memory has one connection


def new_store():
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.SetInParent()
    return store_api.CreateMetadataStore(config.SerializeToString(),
                                         metadata_store_pb2.MigrationOptions().SerializeToString())


store = new_store()


def reset(request, context):
    global store
    with lock:
        store = new_store()
    return b""


def ask(name, request):
    """Response bytes; raises RuntimeError(code, message)."""
    with lock:
        response, message, code = getattr(store_api, name)(store, request)
    if code:
        raise RuntimeError(code, message.decode("utf-8", "replace"))
    return response


def passed_on(name):
    def handle(request, context):
        try:
            return ask(name, request)
        except RuntimeError as error:
            code, message = error.args
            context.abort(CODES[code], message)
    return handle


def by_each_context(name, single, entry):
    """The plural Get{Parent,Children}ContextsByContexts, by the singular call for each id."""
    def handle(request, context):
        answer = getattr(service, name + "Response")()
        for context_id in getattr(service, name + "Request").FromString(request).context_ids:
            one = getattr(service, single + "Request")(context_id=context_id)
            related = getattr(service, single + "Response").FromString(ask(single, one.SerializeToString())).contexts
            if related:
                getattr(answer.contexts[context_id], entry).extend(related)
        return answer.SerializeToString()
    return handle


def refused(request, context):
    context.abort(grpc.StatusCode.UNIMPLEMENTED, "the wheel's store does not have this call")


handlers = {}
description = service.DESCRIPTOR.services_by_name["MetadataStoreService"]
for method in description.methods:
    handlers[method.name] = passed_on(method.name) if hasattr(store_api, method.name) else refused
handlers["GetParentContextsByContexts"] = by_each_context(
    "GetParentContextsByContexts", "GetParentContextsByContext", "parent_contexts")
handlers["GetChildrenContextsByContexts"] = by_each_context(
    "GetChildrenContextsByContexts", "GetChildrenContextsByContext", "children_contexts")

server = grpc.server(futures.ThreadPoolExecutor(16), options=[("grpc.max_receive_message_length", -1)])
unary = grpc.unary_unary_rpc_method_handler
server.add_generic_rpc_handlers((
    grpc.method_handlers_generic_handler(description.full_name, {name: unary(h) for name, h in handlers.items()}),
    grpc.method_handlers_generic_handler("mlmd_reference.Reference", {"Reset": unary(reset)})))
server.add_insecure_port(f"127.0.0.1:{args.port}")
server.start()
print("ready", flush=True)
server.wait_for_termination()
