"""Compares our .proto files of ML Metadata with the descriptors in the official wheel: every message, field (number,
name, type, label, default, oneof), enum value and call."""
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2
from ml_metadata.proto import metadata_store_pb2, metadata_store_service_pb2


def flattened(file):
    """Everything that makes up the wire and the interface, by name."""
    parts = {}

    def add_message(message, prefix):
        name = prefix + message.name
        parts[name] = {
            field.number: (field.name, field.type, field.label, field.type_name, field.default_value,
                           message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else None)
            for field in message.field}
        for enum in message.enum_type:
            parts[f"{name}.{enum.name}"] = {value.number: value.name for value in enum.value}
        for nested in message.nested_type:
            add_message(nested, name + ".")

    for message in file.message_type:
        add_message(message, "")
    for enum in file.enum_type:
        parts[enum.name] = {value.number: value.name for value in enum.value}
    for service in file.service:
        parts[service.name] = {m.name: (m.input_type, m.output_type) for m in service.method}
    return parts


def main():
    files = [module.DESCRIPTOR for module in (metadata_store_pb2, metadata_store_service_pb2)]
    ours = descriptor_pb2.FileDescriptorSet()
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["protoc", f"-I{sys.argv[1]}", f"--descriptor_set_out={out.name}", *[f.name for f in files]],
                       check=True)
        ours.ParseFromString(out.read())
    by_name = {file.name: flattened(file) for file in ours.file}
    different = 0
    for file in files:
        theirs = descriptor_pb2.FileDescriptorProto()
        file.CopyToProto(theirs)
        theirs, own = flattened(theirs), by_name[file.name]
        for name in sorted(theirs.keys() | own.keys()):
            if theirs.get(name) != own.get(name):
                different += 1
                print(f"{file.name}: {name}\n  wheel: {theirs.get(name)}\n  ours:  {own.get(name)}")
    calls = sum(len(file.service[0].method) for file in ours.file if file.service)
    print(f"descriptors: {calls} calls, {different} differences")
    return 1 if different or calls != 52 else 0


sys.exit(main())
