"""Stack Exchange's Posts.xml: questions are joined with their best answers."""

from tests.core.data.reading.exports.export_files import noted, seen


def test_posts_join_questions_with_their_best_answers(tmp_path):
    posts = """\ufeff<?xml version="1.0" encoding="utf-8"?>
<posts>
  <row Id="9" PostTypeId="2" ParentId="1" Score="2" Body="&lt;p&gt;Worse.&lt;/p&gt;" />
  <row Id="1" PostTypeId="1" AcceptedAnswerId="3" Title="How &amp; why?"
    Body="&lt;p&gt;See &lt;code&gt;x&lt;/code&gt;&lt;/p&gt;"
    Tags="&lt;a&gt;&lt;b&gt;" />
  <row Id="2" PostTypeId="2" ParentId="1" Score="9" Body="&lt;p&gt;Liked.&lt;/p&gt;" />
  <row Id="3" PostTypeId="2" ParentId="1" Score="-1"
    Body="&lt;p&gt;So:&lt;/p&gt;&lt;pre&gt;&lt;code&gt;if a:&#xA;    b&#xA;&lt;/code&gt;&lt;/pre&gt;" />
  <row Id="4" PostTypeId="1" Title="And?" Body="&lt;p&gt;More.&lt;/p&gt;" Tags="|c|" />
  <row Id="5" PostTypeId="2" ParentId="4" Score="1"
    Body="&lt;ul&gt;&lt;li&gt;One&lt;/li&gt;&lt;li&gt;Two&lt;/li&gt;&lt;/ul&gt;" />
  <row Id="6" PostTypeId="1" Title="Alone?" Body="" />
</posts>"""
    found = seen(tmp_path, "Posts.xml", posts)
    assert found["head"] == [
        {"question": "How & why?\n\nSee x", "tags": "a, b", "answer": "So:\n\n```\nif a:\n    b\n```"},
        {"question": "And?\n\nMore.", "tags": "c", "answer": "- One\n- Two"},
    ]
    assert noted(found, "questions without an answer, left out: 1")
