"""slow table, collect over http entry"""
import json,time
import pytest
from shared.adapters.aws import Connections
from shared.adapters.dynamodb_events import DynamoEvents
from shared.adapters.sqs import SqsEvents
from shared.domain.events import EventType
from shared.domain.deadline import deadline
from shared.services.collect import collect
from shared.domain.errors import Unavailable
from tests.support import NOW, event
from datetime import datetime, UTC, timedelta

def test_slow(aws, aws_names, clock):
    store=DynamoEvents(Connections(), aws_names.events_table, clock, 400)
    queue=SqsEvents(Connections(), aws_names.events_queue)
    def slow(call):
        if call.operation=="TransactWriteItems": time.sleep(0.4)
    batch=[{"event_id":f"e{i}","user_id":"u","type":"view","product_id":"p"} for i in range(500)]
    began=time.monotonic()
    with aws.faulty(slow), deadline(2.5):
        got=collect(store,clock,batch,queue)
    print("took",time.monotonic()-began,got.accepted,got.queued)

def test_fffe(aws, aws_names, clock):
    queue=SqsEvents(Connections(), aws_names.events_queue)
    queue.put([event("u", EventType.SEARCH, query="mug \ufffe")])

def test_closed_connection(aws, aws_names, clock, monkeypatch):
    import socket, threading
    from shared.adapters.aws import ask
    srv=socket.create_server(("127.0.0.1",0)); n=[]
    def run():
        while True:
            try: c,_=srv.accept()
            except OSError: return
            n.append(1); c.recv(65536)
            if len(n)>1:
                body=b'{"TableNames":[]}'
                c.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n"%len(body)+body)
            c.close()
    threading.Thread(target=run,daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL",f"http://127.0.0.1:{srv.getsockname()[1]}")
    print(ask(Connections().client("dynamodb").list_tables), len(n))
    srv.close()
def test_504(aws, aws_names):
    from tests.aws_stand_in import Fault
    from shared.adapters.s3 import S3Blobs
    from shared.adapters.aws import ask
    for code in ("BadGateway","GatewayTimeout","Whatever"):
        with aws.faulty(lambda call: Fault(502,code)):
            with pytest.raises(Unavailable): S3Blobs(Connections(), aws_names.bucket).get("a")
