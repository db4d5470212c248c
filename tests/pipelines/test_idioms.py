"""Idioms that the documents of the platforms show, each carried out by `pipeline run` as it stands there: what is
printed is what the platform would print."""

from __future__ import annotations

import os

import pytest

from cli.conftest import Terminal
from pipelines.conftest import committed, put

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the steps are scripts of Bash")

GITHUB = r"""
name: Idioms
run-name: Deploy by @${{ github.actor }}
on: {push: {branches: [main, 'release/**']}, schedule: [{cron: '0 0 * * *'}]}
permissions: {contents: read, id-token: write}
concurrency: {group: "${{ github.workflow }}-${{ github.ref }}", cancel-in-progress: true}
env: {V: workflow, W: workflow, X: workflow}
defaults: {run: {shell: bash, working-directory: one}}
jobs:
  bad: {runs-on: x, steps: [{run: exit 1}]}
  not_cancelled:
    needs: bad
    if: ${{ !cancelled() }}
    runs-on: x
    steps: [{run: 'echo after ${{ needs.bad.result }}'}]
  behind_bad: {needs: [bad], runs-on: x, steps: [{run: echo NEVER}]}
  first:
    runs-on: x
    outputs: {v: "${{ steps.s.outputs.v }}", secret: "${{ steps.s.outputs.secret }}"}
    steps:
      - id: s
        env: {T: "${{ secrets.TOKEN }}"}
        run: echo v=one >> "$GITHUB_OUTPUT"; echo "secret=$T." >> "$GITHUB_OUTPUT"; echo k=v >> "$GITHUB_STATE"
  second:
    needs: first
    runs-on: x
    outputs: {v: "${{ needs.first.outputs.v }}-two"}
    steps: [{run: 'echo "secret [${{ needs.first.outputs.secret }}]"'}]
  third:
    needs: second
    runs-on: x
    steps: [{run: 'echo "chain ${{ needs.second.outputs.v }} [${{ needs.first.outputs.v }}]"'}]
  tolerated:
    runs-on: x
    continue-on-error: ${{ matrix.experimental }}
    strategy:
      max-parallel: 1
      matrix: {n: [1], experimental: [false], include: [{n: 2, experimental: true}]}
    steps: [{run: 'test ${{ matrix.n }} != 2'}]
  behind_tolerated: {needs: tolerated, runs-on: x, steps: [{run: 'echo tolerated ${{ needs.tolerated.result }}'}]}
  slow:
    strategy: {fail-fast: false, matrix: {v: [1, 2, 3]}}
    runs-on: x
    outputs: {o1: "${{ steps.s.outputs.o1 }}", o3: "${{ steps.s.outputs.o3 }}"}
    steps: [{id: s, run: 'echo o${{ matrix.v }}=${{ matrix.v }} >> $GITHUB_OUTPUT; test ${{ matrix.v }} != 2'}]
  behind_slow: {needs: slow, if: failure(), runs-on: x, steps: [{run: "echo slow ${{ join(needs.slow.outputs.*) }}"}]}
  by_machine:
    runs-on: ${{ matrix.os }}
    strategy: {matrix: {os: [ubuntu-latest, macos-14]}}
    steps: [{run: 'echo on ${{ matrix.os }}'}]
  folders:
    runs-on: x
    defaults: {run: {working-directory: two}}
    steps:
      - {run: 'echo "folder $(basename $PWD)"; false | true; echo NEVER', continue-on-error: true}
      - {run: 'echo "folder $(basename $PWD)"', working-directory: three}
      - {run: 'import os; print("python", os.path.basename(os.getcwd()))', shell: python}
  values:
    runs-on: x
    env: {V: job, W: job}
    steps:
      - {run: 'echo "values $V $W $X"', env: {V: step}}
      - run: echo W=file >> $GITHUB_ENV; echo V=file >> $GITHUB_ENV
      - {run: 'echo "values $V $W ${{ env.V }}"', env: {V: step}}
      - {if: env.OWN == 'yes', env: {OWN: 'yes'}, run: 'echo "own ${{ env.V }}"'}
  outcomes:
    runs-on: x
    steps:
      - {id: f, run: exit 3, continue-on-error: true}
      - run: echo "${{ steps.f.outcome }}/${{ steps.f.conclusion }} ${{ job.status }}"
      - {id: s, if: failure(), run: echo NEVER}
      - run: echo "${{ steps.s.outcome }} [${{ steps.none.outcome }}]"; exit 1
      - {if: "${{ failure() && steps.f.outcome == 'failure' }}", run: 'echo "late ${{ job.status }}"'}
  folded:
    if: >-
      ${{ github.ref == 'refs/heads/no'
      && true }}
    runs-on: x
    steps: [{run: echo NEVER}]
  skipped: {if: false, runs-on: x, steps: [{run: echo NEVER}]}
  behind_skipped: {needs: skipped, if: "!failure()", runs-on: x, steps: [{run: echo not failed}]}
  plan:
    runs-on: x
    outputs: {m: "${{ steps.s.outputs.m }}"}
    steps:
      - id: s
        run: |
          echo 'm<<EOF' >> "$GITHUB_OUTPUT"
          echo '{"os": ["x", "y"], "exclude": [{"os": "y"}], "include": [{"os": "z", "k": 1}]}' >> "$GITHUB_OUTPUT"
          echo EOF >> "$GITHUB_OUTPUT"
  planned:
    needs: plan
    runs-on: x
    strategy: {matrix: "${{ fromJSON(needs.plan.outputs.m) }}"}
    steps: [{run: "echo planned ${{ matrix.os }} ${{ matrix['k'] || 'none' }} ${{ strategy.job-total }}"}]
  artifacts:
    runs-on: x
    steps:
      - run: mkdir -p out/d; touch out/a.txt out/b.log out/d/c.txt out/.hidden
      - uses: actions/upload-artifact@v4
        with:
          name: files
          path: |
            one/out/**
            !one/out/**/*.log
      - {uses: actions/upload-artifact@v4, with: {name: no-files, path: nothing}}
      - {uses: actions/upload-artifact@v4, with: {name: late, path: nothing, if-no-files-found: error}}
  behind_artifacts:
    needs: artifacts
    if: always()
    runs-on: x
    steps:
      - {uses: actions/download-artifact@v4, with: {pattern: 'fi*', path: got, merge-multiple: true}}
      - run: cd ../got; echo $(find . -type f | sort)
  anchors: &whole
    runs-on: x
    steps: [{run: 'echo anchor $GITHUB_JOB'}]
  again: *whole
  filters:
    runs-on: x
    env: {J: '[{"n":"a","t":{"k":1}},{"n":"b"}]'}
    steps:
      - run: echo "${{ join(fromJSON(env.J).*.n, '+') }} ${{ fromJSON(env.J)[1].n }} ${{ '' == 0 }} ${{ 'A' == 'a' }}"
      - run: echo "${{ startsWith('Hello', 'he') }} ${{ format('{0}-{1}', 1.50, true) }} ${{ 1 && 'x' || 'y' }}"
      - run: 'echo "::set-output name=old::1"'
        id: old
      - run: echo "old ${{ steps.old.outputs.old }} [${{ hashFiles('none') }}]"
"""
OF_GITHUB = """\
after failure
secret []
chain one-two []
tolerated success
slow 1,3
on ubuntu-latest
on macos-14
folder two
folder three
python two
values step job workflow
values step file step
own file
failure/success success
skipped []
late failure
not failed
planned x none 2
planned z 1 2
./a.txt ./d/c.txt
anchor anchors
anchor again
a+b b true true
true 1.5-true x
::set-output name=old::1
old 1 []
""".splitlines()


def printed(terminal: Terminal, name: str, *words: str) -> list[str]:
    """What the scripts of a run have printed."""
    done = terminal.run("pipeline", "run", name, *words)
    assert done.returncode == 1, (done.stdout, done.stderr)
    lines = [line[3:] for line in done.stdout.splitlines() if line.startswith("   ")]
    return [line for line in lines if not line.startswith("(")]


def test_idioms_of_github(terminal: Terminal) -> None:
    terminal.env["TOKEN"] = "nobody-sees-it"
    folders = {f"{name}/.keep": "" for name in ("one", "two", "three")}
    put(terminal.folder, {".github/workflows/w.yml": GITHUB, **folders})
    committed(terminal.folder)
    words = ("--event", "push", "--secret", "TOKEN")
    assert printed(terminal, ".github/workflows/w.yml", *words) == OF_GITHUB


AZURE = r"""
name: $(Build.DefinitionName)_$(Date:yyyy)$(Rev:.r)
lockBehavior: sequential
resources: {pipelines: [{pipeline: up, source: Upstream, trigger: true}], containers: [{container: c, image: u}]}
pool: {name: Default, demands: [npm, Agent.OS -equals Linux]}
parameters:
- {name: env, type: string, default: dev, values: [dev, prod]}
- {name: deploy, type: boolean, default: false}
- name: list
  type: object
  default: [{name: one, ports: [1, 2]}, {name: two, ports: [3], flag: true}]
- {name: map, type: object, default: {K1: v1, K2: v2}}
variables:
- ${{ if eq(parameters.env, 'prod') }}:
  - {name: kind, value: p}
- ${{ elseif eq(parameters.env, 'dev') }}:
  - {name: kind, value: d}
- ${{ else }}:
  - {name: kind, value: o}
- {template: variables.yml, parameters: {e: prod}}
- {name: late, value: "$[variables.none]"}
- {name: early, value: "${{ variables.none }}"}
- {name: minor, value: "$[counter(variables['kind'], 100)]"}
- {name: w, value: root}
- {name: tolerates, value: 'true'}
- {name: fixed, value: first, readonly: true}
stages:
- stage: values
  variables: {v: stage}
  jobs:
  - job: expressions
    variables: {w: job}
    steps:
    - ${{ if ne(parameters.env, 'prod') }}:
      - script: echo not-prod $(kind) $(from-template) [$(late)] [$(early)] '$(none)'
    - ${{ else }}:
      - script: echo NEVER
    - ${{ each item in parameters.list }}:
      - script: echo ${{ item.name }} ${{ length(item.ports) }} "${{ join(';', item.ports) }}"
      - ${{ if eq(item.flag, true) }}:
        - script: echo flagged
    - ${{ each pair in parameters.map }}:
      - script: echo ${{ pair.key }}=${{ pair.value }}
    - script: echo $K1 $K2 $Z
      env: {Z: z, "${{ insert }}": "${{ parameters.map }}"}
    - script: echo ${{ parameters.deploy }} ${{ upper('ab') }} ${{ iif(eq(1, 1), 'yes', 'no') }} ${{ lt('2', '10') }}
    - script: echo $(v) $(w) ${{ variables.v }} ${{ variables.w }} $(minor) $(Build.BuildNumber)
    - bash: echo "##vso[task.setvariable variable=w]set"
    - script: echo $(w) $W ${{ variables.w }}
    - {script: echo manual, condition: "in(variables['Build.Reason'], 'Manual', 'PullRequest')"}
    - {script: echo NEVER, condition: "contains(variables['Build.SourceVersionMessage'], 'deploy')"}
    - {template: steps/steps.yml, parameters: {n: 2, more: [{bash: echo mine, displayName: x}, {checkout: self}]}}
  - ${{ if parameters.deploy }}:
    - job: off
      steps: [{script: echo NEVER}]
- stage: outputs
  dependsOn: []
  jobs:
  - job: j
    steps: [{bash: 'echo "##vso[task.setvariable variable=o;isOutput=true]x1"', name: s}]
  - job: k
    dependsOn: j
    condition: and(succeeded(), eq(dependencies.j.outputs['s.o'], 'x1'))
    variables: {o: "$[dependencies.j.outputs['s.o']]"}
    steps: [{script: echo k $(o)}]
- stage: behind
  dependsOn: outputs
  condition: and(succeeded(), eq(dependencies.outputs.outputs['j.s.o'], 'x1'))
  variables: {o: "$[stageDependencies.outputs.j.outputs['s.o']]"}
  jobs: [{job: m, steps: [{script: echo m $(o)}]}]
- stage: farther
  dependsOn: behind
  variables: {o: "$[stageDependencies.outputs.j.outputs['s.o']]"}
  jobs: [{job: n, steps: [{script: "echo n [$(o)]"}]}]
- stage: tolerated
  dependsOn: []
  jobs:
  - job: a
    cancelTimeoutInMinutes: 2
    workspace: {clean: all}
    steps:
    - {script: exit 1, continueOnError: true}
    - {script: echo status $(Agent.JobStatus)}
    - {script: echo NEVER, condition: failed()}
  - {job: b, dependsOn: a, condition: "eq(dependencies.a.result, 'SucceededWithIssues')", steps: [{script: echo b}]}
  - job: c
    dependsOn: a
    continueOnError: $[ eq(variables.tolerates, 'true') ]
    timeoutInMinutes: $[ 5 ]
    steps: [{script: exit 1}]
  - {job: d, dependsOn: c, steps: [{script: echo d}]}
- stage: failing
  dependsOn: []
  jobs:
  - {job: good, steps: [{script: exit 0}]}
  - {job: bad, steps: [{script: exit 1}]}
  - job: both
    dependsOn: [good, bad]
    condition: and(succeeded('good'), failed('bad'))
    steps: [{script: echo both}]
- {stage: unreached, dependsOn: failing, jobs: [{job: u, steps: [{script: echo NEVER}]}]}
- stage: undone
  dependsOn: [failing, unreached]
  condition: failed('failing')
  jobs: [{job: r, steps: [{script: echo r}]}]
- stage: skipped
  dependsOn: unreached
  condition: in(dependencies.unreached.result, 'Succeeded', 'Skipped')
  jobs: [{job: s, steps: [{script: echo s}]}]
- stage: commands
  dependsOn: []
  jobs:
  - job: fixed
    steps:
    - bash: echo "##vso[task.setvariable variable=fixed]second"
    - {script: echo fixed $(fixed), condition: always()}
  - job: marked
    steps:
    - bash: echo "##vso[task.setvariable variable=q;isreadonly=true]one"
    - bash: echo "##vso[task.setvariable variable=Q]two"
      continueOnError: true
    - {script: echo marked $(q)}
- stage: machines
  dependsOn: []
  jobs:
  - job: by_image
    strategy: {maxParallel: 2, matrix: {l: {img: ubuntu-latest, n: 1}, w: {img: windows-latest, n: 2}}}
    pool: {vmImage: $(img)}
    steps: [{script: echo $(n) $(System.JobName)}]
  - job: slices
    strategy: {parallel: 2}
    steps: [{script: echo $(System.JobPositionInPhase)/$(System.TotalJobsInPhase)}]
  - {job: agentless, pool: server, steps: [{task: Delay@1, inputs: {delayForMinutes: '1'}}]}
- stage: files
  dependsOn: []
  jobs:
  - job: tasks
    steps:
    - {task: Bash@3, inputs: {filePath: steps/s.sh, arguments: 'one "two 2"', workingDirectory: w}}
    - {task: ShellScript@2, inputs: {scriptPath: steps/s.sh}}
    - {task: CopyFiles@2, inputs: {sourceFolder: steps, contents: s.sh, targetFolder: w}}
    - script: cat w/s.sh
    - {publish: steps/s.sh, artifact: drop}
  - job: later
    dependsOn: tasks
    steps: [{download: current, artifact: drop}, {script: ls $(Pipeline.Workspace)/drop}]
"""
FILES_OF_AZURE = {
    "variables.yml": "parameters: [{name: e, type: string}]\nvariables: {from-template: 't-${{ parameters.e }}'}\n",
    "steps/steps.yml": "parameters: [{name: n, type: number}, {name: more, type: stepList}]\nsteps:\n"
    "- script: echo steps ${{ parameters.n }}\n- template: inner.yml\n"
    "- ${{ each step in parameters.more }}:\n  - ${{ if ne(step.checkout, 'self') }}:\n"
    "    - ${{ each pair in step }}:\n        ${{ pair.key }}: ${{ pair.value }}\n      condition: always()\n",
    "steps/inner.yml": "steps: [{script: echo inner}, {template: /root.yml}]\n",
    "root.yml": "steps: [{script: echo root}]\n",
    "steps/s.sh": 'echo "s [$1] [$2] $(basename $PWD)"\n',
    "w/s.sh": "not replaced\n",
}
OF_AZURE = """\
not-prod d t-prod [] [] $(none)
one 2 1;2
two 1 3
flagged
K1=v1
K2=v2
v1 v2 z
False AB yes False
stage job stage job 100 azure-pipelines_YEAR.1
##vso[task.setvariable variable=w]set
set set job
manual
steps 2
inner
root
mine
##vso[task.setvariable variable=o;isOutput=true]x1
k x1
m x1
n []
status SucceededWithIssues
b
d
both
r
s
##vso[task.setvariable variable=fixed]second
fixed first
##vso[task.setvariable variable=q;isreadonly=true]one
##vso[task.setvariable variable=Q]two
marked one
1 l
1/2
2/2
s [one] [two 2] w
s [] [] steps
not replaced
s.sh
""".splitlines()


def test_idioms_of_azure(terminal: Terminal) -> None:
    put(terminal.folder, {"azure-pipelines.yml": AZURE, **FILES_OF_AZURE})
    committed(terminal.folder)
    lines = printed(terminal, "azure-pipelines.yml")
    year = lines[8].partition("_")[2][:4]
    assert year.isdecimal()
    assert [line.replace(year, "YEAR") for line in lines] == OF_AZURE
